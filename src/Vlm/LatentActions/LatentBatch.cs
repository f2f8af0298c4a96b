using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>
/// What the base made of sequences: computed once and kept, since the base does not learn in these stages.
/// </summary>
/// <param name="States">[P, L, H] after the final norm, padding on the left.</param>
/// <param name="Rope">The rotation for the L tokens.</param>
public sealed record LatentView(Tensor States, Rope Rope);

/// <summary>Sequences to learn codes from, side by side.</summary>
/// <param name="Labels">
/// [P, L] int64: the tokens; <see cref="LatentLosses.Ignored"/> on padding and image placeholders.
/// </param>
/// <param name="Lengths">P real lengths.</param>
/// <param name="Blind">As read without the pixels; null where nobody looks at it.</param>
/// <param name="Seen">As read with them, token by token beside <paramref name="Blind"/>; null for text alone.</param>
public sealed record LatentRows(Tensor Labels, int[] Lengths, LatentView? Blind, LatentView? Seen = null)
{
    /// <summary>[P, L] true where a loss over positions counts.</summary>
    public Tensor Valid(ValidPositions which) => LatentLosses.Valid(Labels, Lengths, which);

    /// <summary>The paired view.</summary>
    /// <exception cref="ArgumentException">These rows are text alone.</exception>
    internal LatentView Pictured =>
        Seen ?? throw new ArgumentException("the paired half holds text without its images");

    /// <summary>The view without pixels.</summary>
    /// <exception cref="ArgumentException">These rows were read without it.</exception>
    internal LatentView Worded =>
        Blind ?? throw new ArgumentException("these rows were read without the view that has no pixels");

    /// <summary>Reads sequences with the base, without gradients.</summary>
    /// <param name="model">The base.</param>
    /// <param name="sequences">P whole sequences: questions with their answers, or documents.</param>
    /// <param name="silent">Tokens that are no label, such as image placeholders and what frames them.</param>
    /// <param name="views">How; text alone has no pixels to be seen.</param>
    public static LatentRows Read(IVisionLanguageModel model, IReadOnlyList<Prompt> sequences,
        IReadOnlyCollection<int> silent, LatentViews views)
    {
        using var off = no_grad();
        return new LatentRows(LabelsOf(sequences, silent).to(model.Device),
            [.. sequences.Select(sequence => sequence.Tokens.Length)],
            views.HasFlag(LatentViews.Blind) ? View(blind: true) : null,
            views.HasFlag(LatentViews.Seen) ? View(blind: false) : null);

        LatentView View(bool blind)
        {
            Prefilled read = model.Prefill(sequences, new KvCache(model.Layers), blind: blind);
            return new LatentView(read.Hidden, read.Rope);
        }
    }

    /// <summary>The labels of left-padded sequences.</summary>
    /// <returns>[P, L] int64</returns>
    public static Tensor LabelsOf(IReadOnlyList<Prompt> sequences, IReadOnlyCollection<int> silent)
    {
        int longest = sequences.Max(sequence => sequence.Tokens.Length);
        var labels = new long[sequences.Count * longest];
        Array.Fill(labels, LatentLosses.Ignored);
        foreach ((int row, Prompt sequence) in sequences.Index())
            for (int i = 0, at = (row + 1) * longest - sequence.Tokens.Length; i < sequence.Tokens.Length; i++, at++)
                labels[at] = silent.Contains(sequence.Tokens[i]) ? LatentLosses.Ignored : sequence.Tokens[i];
        return tensor(labels).view(sequences.Count, longest);
    }
}
