using System.Globalization;

namespace Vlm.Grpo;

/// <summary>An update met a loss or a gradient that is not a number; no weight was moved by it.</summary>
public sealed class NonFiniteException : Exception
{
    private const int Shown = 8;

    /// <param name="what">"loss" or "gradient".</param>
    /// <param name="step">The update.</param>
    /// <param name="prompts">Ids of the prompts whose completions made it.</param>
    public NonFiniteException(string what, long step, IReadOnlyList<string> prompts)
        : base(Describe(what, step, prompts)) =>
        (Step, Prompts) = (step, prompts);

    /// <summary>The update.</summary>
    public long Step { get; }

    /// <summary>Ids of the prompts whose completions made it.</summary>
    public IReadOnlyList<string> Prompts { get; }

    private static string Describe(string what, long step, IReadOnlyList<string> prompts)
    {
        string more = prompts.Count > Shown ? $" and {prompts.Count - Shown} more" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"step {step}: the {what} is not finite, from the prompts {string.Join(", ", prompts.Take(Shown))}{more}; "
            + $"no weight was moved. A lower learning rate or float32 weights usually help");
    }
}
