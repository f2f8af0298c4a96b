using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>How far a value is from the reference's.</summary>
/// <param name="Name">The value, as the recording calls it.</param>
/// <param name="Largest">
/// The largest absolute difference; of gradients, relative to the parameter's largest. Infinite where shapes differ or the
/// model computes no such value.
/// </param>
/// <param name="Allowed">What the tolerance is; 0 for integers.</param>
/// <param name="Note">Where it is largest, or why it could not be compared; may be empty.</param>
public sealed record Difference(string Name, double Largest, double Allowed, string Note = "")
{
    /// <summary>True within the tolerance.</summary>
    public bool Passes => Largest <= Allowed;
}

/// <summary>Runs a model on a recording, along the paths of training and generation, and compares everything recorded.</summary>
public static class ParityCheck
{
    /// <summary>Absolute, for states of order 1 in float32.</summary>
    public const double StateTolerance = 2e-5;

    /// <summary>Absolute, for logits of order 5 in float32.</summary>
    public const double LogitTolerance = 1e-4;

    /// <summary>
    /// For losses and log-probs of tokens: absolute up to 1, relative above, where numbers in float32 lie farther apart.
    /// </summary>
    public const double LossTolerance = 1e-5;

    /// <summary>Relative to a gradient's largest value.</summary>
    public const double GradientTolerance = 1e-4;

    /// <summary>Compares every recorded value, in the recording's order of names.</summary>
    /// <param name="model">In float32.</param>
    /// <param name="recording">One case.</param>
    /// <param name="endTokens">Tokens after which the reference filled up with padding.</param>
    public static IReadOnlyList<Difference> Run(
        IVisionLanguageModel model, ParityCase recording, IReadOnlyList<int> endTokens)
    {
        using var scope = NewDisposeScope();
        var found = new Dictionary<string, Difference>(StringComparer.Ordinal);
        Prompt[] prompts = recording.Prompts(model.ImageToken);
        Fits(model, recording, prompts);
        if (recording.Recorded.Any(name => name.StartsWith("grad.", StringComparison.Ordinal) || name == "out.loss"))
            Training.Compare(model, recording, prompts, found);
        else
            Forward(model, recording, prompts, found);
        if (recording.Has("gen.ids"))
            Generated.Compare(model, recording, prompts, endTokens, found);
        return [.. recording.Recorded.Select(name => found.GetValueOrDefault(name)
            ?? new Difference(name, double.PositiveInfinity, 0, "this model computes no such value"))];
    }

    private static void Fits(IVisionLanguageModel model, ParityCase recording, Prompt[] prompts)
    {
        if (prompts.SelectMany(prompt => prompt.Tokens).Max() is var id && id >= model.Vocabulary)
            throw Other($"the case has a token {id}, the model's vocabulary {model.Vocabulary}");
        if (recording.Has("in.pixel_values") && prompts.All(prompt => !prompt.Tokens.Contains(model.ImageToken)))
            throw Other($"the case has pixels, and none of its tokens is the model's image placeholder {model.ImageToken}");
        foreach (PixelInput pixels in prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>())
            if (!pixels.Shape.Skip(1).SequenceEqual(model.PixelShape))
                throw Other($"the case's pixels are [{string.Join(", ", pixels.Shape)}], the model takes "
                    + $"[any number, {string.Join(", ", model.PixelShape)}]");

        UsageException Other(string problem) => new(problem, recording.Path, "cases that were recorded from this model");
    }

    private static void Forward(
        IVisionLanguageModel model, ParityCase recording, Prompt[] prompts, Dictionary<string, Difference> found)
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
            if (name == "logits" || name.StartsWith("hidden.", StringComparison.Ordinal))
                (wanted, value) = (RealOf(wanted), RealOf(value));
            else if (name == "position_ids")
                (wanted, value) = (RealPositions(wanted), RealPositions(value));
            found[recorded] = Of(recorded, wanted, value, name == "logits" ? LogitTolerance : StateTolerance);
        }

        // [B, L, .] to rows of real tokens; padding is undefined.
        Tensor RealOf(Tensor state) => state.flatten(0, 1).index_select(0, real);

        Tensor RealPositions(Tensor positions) => positions.flatten(1).index_select(1, real);
    }

    /// <summary>The largest difference of two tensors; integers must be equal.</summary>
    /// <param name="name">As recorded.</param>
    /// <param name="wanted">The reference's.</param>
    /// <param name="value">The model's.</param>
    /// <param name="allowed">The tolerance of floats.</param>
    /// <param name="relative">Differences of numbers beyond 1 count as shares of them.</param>
    internal static Difference Of(string name, Tensor wanted, Tensor value, double allowed, bool relative = false)
    {
        bool exact = !wanted.is_floating_point();
        if (!wanted.shape.SequenceEqual(value.shape))
            return new Difference(name, double.PositiveInfinity, exact ? 0 : allowed,
                $"[{string.Join(", ", value.shape)}] instead of [{string.Join(", ", wanted.shape)}]");
        if (wanted.numel() == 0)
            return new Difference(name, 0, exact ? 0 : allowed);

        Tensor reference = wanted.to(ScalarType.Float64);
        Tensor difference = (reference - value.detach().cpu().to(ScalarType.Float64)).abs();
        if (relative)
            difference = difference / reference.abs().clamp_min(1);
        double largest = difference.max().item<double>();
        return new Difference(name, double.IsNaN(largest) ? double.PositiveInfinity : largest, exact ? 0 : allowed,
            double.IsNaN(largest) ? "not a number" : "");
    }
}
