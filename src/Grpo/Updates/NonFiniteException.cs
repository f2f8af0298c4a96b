using System.Globalization;

namespace Vlm.Grpo;

/// <summary>An update met a loss or a gradient that is not a number; no weight was moved by it.</summary>
public sealed class NonFiniteException : UsageException
{
    private const int Shown = 8;

    /// <param name="what">"loss" or "gradient".</param>
    /// <param name="step">The update.</param>
    /// <param name="prompts">Ids of the prompts whose completions made it.</param>
    /// <param name="tensor">The first weight that is not finite, or has such a gradient; null where none is known.</param>
    public NonFiniteException(string what, long step, IReadOnlyList<string> prompts, string? tensor = null)
        : base(Describe(what, step, prompts), tensor ?? "the weights as they are after the last step",
            "a lower LearningRate, or Dtype = float32; then resume from the last checkpoint") =>
        (Step, Prompts, Tensor) = (step, prompts, tensor);

    /// <summary>The update.</summary>
    public long Step { get; }

    /// <summary>Ids of the prompts whose completions made it.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>The first weight that is not finite, or has such a gradient; null where none is known.</summary>
    public string? Tensor { get; }

    private static string Describe(string what, long step, IReadOnlyList<string> prompts)
    {
        string more = prompts.Count > Shown ? $" and {prompts.Count - Shown} more" : "";
        string from = prompts.Count == 0 ? "" : $", from the prompts {string.Join(", ", prompts.Take(Shown))}{more}";
        return string.Create(CultureInfo.InvariantCulture, $"step {step}: the {what} is not finite{from}; no weight was moved");
    }
}
