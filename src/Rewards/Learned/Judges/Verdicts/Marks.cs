namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Marks in double brackets, such as [[7]] and [[A]]: how judges set a verdict apart from their words.
/// </summary>
/// <remarks>Zheng et al. 2023, arXiv:2306.05685, figures 5 and 6.</remarks>
internal static class Marks
{
    /// <summary>What stands in double brackets, in order.</summary>
    public static IEnumerable<string> In(string text)
    {
        for (int at = 0; text.IndexOf("[[", at, StringComparison.Ordinal) is >= 0 and var open;)
        {
            int close = text.IndexOf("]]", open, StringComparison.Ordinal);
            if (close < 0)
                yield break;
            // "[[[7]]" holds its inner one, and so does "[[ see [[7]]".
            int inner = text.LastIndexOf("[[", close - 1, close - open, StringComparison.Ordinal);
            yield return text[(inner + 2)..close].Trim();
            at = close + 2;
        }
    }

    /// <summary>
    /// What all marks say alike; null where there is none, or where one says something
    /// else or nothing that can be read.
    /// </summary>
    /// <param name="text">With any words around the marks.</param>
    /// <param name="read">Of one mark; null where it cannot be read.</param>
    /// <param name="problem">Why there is none; empty where no mark stands in the text.</param>
    public static T? Read<T>(string text, Func<string, T?> read, out string problem)
        where T : struct
    {
        T? said = null;
        problem = "";
        foreach (string mark in In(text))
        {
            if (read(mark) is not { } one)
                problem = $"[[{(mark.Length <= 40 ? mark : mark[..40] + "...")}]] is no verdict";
            else if (said is { } before && !EqualityComparer<T>.Default.Equals(before, one))
                problem = "two verdicts that differ";
            if (problem.Length > 0)
                return null;
            said = read(mark);
        }

        return said;
    }
}
