using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>How far a value is from the reference's.</summary>
/// <param name="Name">The value, as the recording calls it.</param>
/// <param name="Largest">
/// As its <see cref="Tolerance"/> measures it. Infinite where shapes differ or the model computes no such value.
/// </param>
/// <param name="Allowed">The most that passes; 0 for integers.</param>
/// <param name="Note">Where it is largest, or why it could not be compared; may be empty.</param>
public sealed record Difference(string Name, double Largest, double Allowed, string Note = "")
{
    /// <summary>True within the tolerance.</summary>
    public bool Passes => Largest <= Allowed;
}

/// <summary>Runs a model on a recording, along the paths of training and generation, and compares everything recorded.</summary>
public static class ParityCheck
{
    /// <summary>Compares every recorded value, in the recording's order of names.</summary>
    /// <param name="model">In float32 or bfloat16, which says what passes.</param>
    /// <param name="recording">One case.</param>
    /// <param name="endTokens">Tokens after which the reference filled up with padding.</param>
    /// <param name="canonical">
    /// A family's name for a tensor that other versions of the reference call otherwise; null where the recording has the model's.
    /// </param>
    public static IReadOnlyList<Difference> Run(
        IVisionLanguageModel model, ParityCase recording, IReadOnlyList<int> endTokens, Func<string, string>? canonical = null)
    {
        using var scope = NewDisposeScope();
        var found = new Dictionary<string, Difference>(StringComparer.Ordinal);
        var tolerance = Tolerance.Of(model.Parameters[0].Value.dtype);
        Prompt[] prompts = recording.Prompts(model.ImageToken);
        Fits(model, recording, prompts);
        if (recording.Recorded.Any(name => name.StartsWith("grad.", StringComparison.Ordinal) || name == "out.loss"))
            Training.Compare(model, recording, prompts, tolerance, found, canonical);
        else
            Forward(model, recording, prompts, tolerance, found);
        if (recording.Has("gen.ids"))
            Generated.Compare(model, recording, prompts, endTokens, tolerance, found);
        return [.. recording.Recorded.Select(name => found.GetValueOrDefault(name)
            ?? new Difference(name, double.PositiveInfinity, 0, "this model computes no such value"))];
    }

    private static void Fits(IVisionLanguageModel model, ParityCase recording, Prompt[] prompts)
    {
        if (prompts.SelectMany(prompt => prompt.Tokens).Max() is var id && id >= model.VocabSize)
            throw Other($"the case has a token {id}, the model's vocabulary {model.VocabSize}");
        if (recording.Has("in.pixel_values") && prompts.All(prompt => !prompt.Tokens.Contains(model.ImageToken)))
            throw Other($"the case has pixels, and none of its tokens is the model's image placeholder {model.ImageToken}");
        foreach (PixelInput pixels in prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>())
            if (!pixels.Shape.Skip(1).SequenceEqual(model.PixelShape))
                throw Other($"the case's pixels are [{string.Join(", ", pixels.Shape)}], the model takes "
                    + $"[any number, {string.Join(", ", model.PixelShape)}]");

        UsageException Other(string problem) => new(problem, recording.Path, "cases that were recorded from this model");
    }

    private static void Forward(
        IVisionLanguageModel model, ParityCase recording, Prompt[] prompts, Tolerance tolerance,
        Dictionary<string, Difference> found)
    {
        using var off = no_grad();
        Tensor real = recording.Real();
        (Tensor hidden, _) = model.Prefill(prompts, new KvCache(model.Layers), Compare);
        Compare("logits", model.Logits(hidden));

        void Compare(string name, Tensor value)
        {
            string recorded = $"out.{name}";
            if (!recording.Has(recorded))
                return;
            Tensor wanted = recording.Load(recorded);
            value = value.cpu();
            if (name == "logits" || name.StartsWith("hidden.", StringComparison.Ordinal))
                (wanted, value) = (RealOf(wanted), RealOf(value));
            else if (name == "position_ids")
                (wanted, value) = (RealPositions(wanted), RealPositions(value));
            found[recorded] = tolerance.Compare(name == "logits" ? Kind.Logit : Kind.State, recorded, wanted, value);
        }

        // [B, L, .] to rows of real tokens; padding is undefined.
        Tensor RealOf(Tensor state) => state.flatten(0, 1).index_select(0, real);

        Tensor RealPositions(Tensor positions) => positions.flatten(1).index_select(1, real);
    }
}
