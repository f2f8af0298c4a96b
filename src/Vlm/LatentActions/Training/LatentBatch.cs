using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>
/// The base's states of sequences; computed once and kept, since these stages do not train the base.
/// </summary>
/// <param name="States">[P, L, H] after the final norm, padding on the left.</param>
/// <param name="Rope">The rotation for the L tokens.</param>
/// <param name="Tapped">[P, L, H] what a branch reads: see <see cref="LatentModules.Tap"/>; null where it was not kept.</param>
public sealed record LatentView(Tensor States, Rope Rope, Tensor? Tapped = null)
{
    /// <summary>What the policy reads.</summary>
    /// <exception cref="ArgumentException">It is a branch, and these states were read without its input.</exception>
    internal Tensor PolicyInput(LatentModules modules) => modules.Tap is null ? States
        : Tapped ?? throw new ArgumentException("the policy is a branch, and what it reads of the base was not kept");

    /// <summary>Reads sequences with a base, with gradients where they are on.</summary>
    /// <param name="model">The base.</param>
    /// <param name="sequences">P sequences.</param>
    /// <param name="textOnly">Without their pixels.</param>
    /// <param name="tap">The layer whose input is kept too; null for none.</param>
    /// <returns>The view, and P real lengths.</returns>
    public static (LatentView View, int[] Lengths) Of(
        IVisionLanguageModel model, IReadOnlyList<Prompt> sequences, bool textOnly = false, int? tap = null)
    {
        var cache = new KvCache(model.Layers, tap);
        Prefilled read = model.Prefill(sequences, cache, textOnly: textOnly);
        return (new LatentView(read.Hidden, read.Rope, cache.Tapped), read.Lengths);
    }
}

/// <summary>A left-padded batch of sequences with the base's states.</summary>
/// <param name="Labels">
/// [P, L] int64: the tokens; <see cref="LatentLosses.Ignored"/> on padding and image placeholders.
/// </param>
/// <param name="Lengths">P real lengths.</param>
/// <param name="TextOnly">The view without pixels; null where it was not read.</param>
/// <param name="WithImage">
/// The view with pixels, aligned with <paramref name="TextOnly"/> token by token; null for text-only data, or where it was not
/// read.
/// </param>
public sealed record LatentRows(Tensor Labels, int[] Lengths, LatentView? TextOnly, LatentView? WithImage = null)
{
    /// <summary>[P, L] bool: the positions that a loss counts.</summary>
    public Tensor Valid(ValidPositions which) => LatentLosses.Valid(Labels, Lengths, which);

    /// <summary>The view with pixels.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal LatentView RequiredWithImage =>
        WithImage ?? throw new ArgumentException("the paired data has no view with images");

    /// <summary>The view without pixels.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal LatentView RequiredTextOnly =>
        TextOnly ?? throw new ArgumentException("these rows have no text-only view");

    /// <summary>Reads sequences with the base, without gradients.</summary>
    /// <param name="model">The base.</param>
    /// <param name="sequences">P whole sequences: prompts with their answers, or documents.</param>
    /// <param name="ignoredTokens">Tokens that are not labels, such as image placeholders and the tokens around them.</param>
    /// <param name="views">Which views; text-only data has no view with pixels.</param>
    /// <param name="tap">The layer whose input is kept for a branch, <see cref="LatentModules.Tap"/>; null for none.</param>
    public static LatentRows Read(IVisionLanguageModel model, IReadOnlyList<Prompt> sequences,
        IReadOnlyCollection<int> ignoredTokens, LatentViews views, int? tap = null)
    {
        using var off = no_grad();
        return new LatentRows(LabelsOf(sequences, ignoredTokens).to(model.Device),
            [.. sequences.Select(sequence => sequence.Tokens.Length)],
            views.HasFlag(LatentViews.TextOnly) ? View(textOnly: true) : null,
            views.HasFlag(LatentViews.WithImage) ? View(textOnly: false) : null);

        LatentView View(bool textOnly) => LatentView.Of(model, sequences, textOnly, tap).View;
    }

    /// <summary>The tokens of left-padded sequences, <see cref="LatentLosses.Ignored"/> on padding and ignored tokens.</summary>
    /// <returns>[P, L] int64</returns>
    public static Tensor LabelsOf(IReadOnlyList<Prompt> sequences, IReadOnlyCollection<int> ignoredTokens)
    {
        int longest = sequences.Max(sequence => sequence.Tokens.Length);
        var labels = new long[sequences.Count * longest];
        Array.Fill(labels, LatentLosses.Ignored);
        foreach ((int row, Prompt sequence) in sequences.Index())
            for (int i = 0, at = (row + 1) * longest - sequence.Tokens.Length; i < sequence.Tokens.Length; i++, at++)
                labels[at] = ignoredTokens.Contains(sequence.Tokens[i]) ? LatentLosses.Ignored : sequence.Tokens[i];
        return tensor(labels).view(sequences.Count, longest);
    }
}
