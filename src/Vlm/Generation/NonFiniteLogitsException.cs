using System.Globalization;

namespace Vlm.Generation;

/// <summary>The logits of a token are not finite: there is nothing to sample from, and no answer to score.</summary>
public sealed class NonFiniteLogitsException : UsageException
{
    /// <param name="prompt">The prompt's id.</param>
    /// <param name="token">From 1: which token of the completion could not be sampled.</param>
    /// <param name="step">The step that samples, or 0 outside of one.</param>
    /// <param name="weight">What is wrong in the weights, as "NaN in a.weight"; null where all are finite.</param>
    public NonFiniteLogitsException(string prompt, int token, long step, string? weight)
        : base(Describe(prompt, token, step, weight), "the model's weights", weight is null
            ? "float32 weights, whose numbers reach further; or the last checkpoint before this"
            : "download the model again, or take the last checkpoint before its weights became so") =>
        (Step, Weight) = (step, weight);

    /// <summary>The step that samples, or 0 outside of one.</summary>
    public long Step { get; }

    /// <summary>What is wrong in the weights; null where all are finite.</summary>
    public string? Weight { get; }

    private static string Describe(string prompt, int token, long step, string? weight) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(step > 0 ? $"step {step}: " : "")}the logits of token {token} after prompt {prompt} are not finite: ")
        + (weight is null ? "the weights are finite, their products are not" : $"the weights hold {weight}");
}
