namespace Vlm;

/// <summary>Two answers to one question, of which one is better: what a reward model is trained on.</summary>
/// <param name="Example">The question with its images.</param>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other.</param>
public sealed record Preference(Example Example, string Chosen, string Rejected)
{
    /// <summary>How much better the chosen one is, in units of its own; null where nobody said.</summary>
    public double? Strength { get; init; }

    /// <summary>What is wrong with the rejected one, for tables, such as "wrong-color"; else the example's kind.</summary>
    public string Kind { get => field ?? Example.Kind; init; }

    /// <summary>The same with the sides in the other order, as a mistaken annotator has it.</summary>
    public Preference Flipped => this with { Chosen = Rejected, Rejected = Chosen, Strength = -Strength };

    /// <summary>A pair of sides that differ.</summary>
    /// <exception cref="UsageException">They are equal, or one of them is empty.</exception>
    public static Preference Of(Example example, string chosen, string rejected)
    {
        const string fix = "pairs of two answers that differ, or the data without this record";
        if (string.IsNullOrWhiteSpace(chosen) || string.IsNullOrWhiteSpace(rejected))
            throw new UsageException(
                $"the {(string.IsNullOrWhiteSpace(chosen) ? "chosen" : "rejected")} answer is empty", $"record {example.Id}", fix);
        return chosen.Trim() == rejected.Trim()
            ? throw new UsageException($"both answers are {Shown(chosen)}", $"record {example.Id}", fix)
            : new(example, chosen, rejected);
    }

    private static string Shown(string text) => text.Length <= 60 ? $"\"{text}\"" : $"\"{text[..57]}...\"";
}
