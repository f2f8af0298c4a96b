using System.Globalization;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>The words that every display uses.</summary>
internal static class ProgressText
{
    private const string Parts = Metric.Reward + "/";

    // What is shown of a step, in this order, where it was logged.
    private static readonly (string Metric, string Label, string Format)[] s_shown =
    [
        (Metric.Reward, "reward", "0.000"), (Parts, "", "0.000"), (Metric.Loss, "loss", "0.000"), (Metric.Accuracy, "accuracy", "0.00"),
        (Metric.VqaAccuracy, "vqa", "0.00"), (Metric.GroundingAcc50, "ground", "0.00"), (Metric.Entropy, "entropy", "0.00"),
        (Metric.FracRewardZeroStd, "zero std", "0.00"), (Metric.CompletionLength, "length", "0.0"),
        (Metric.RolloutTokensPerSecond, "tok/s", "N0"),
    ];

    /// <summary>The step's numbers: ("reward", "0.532"), its parts, ("vqa", "0.61") ... tokens per second last; none that is NaN.</summary>
    public static IEnumerable<(string Label, string Value)> Numbers(IReadOnlyDictionary<string, double> metrics) =>
        s_shown.SelectMany(shown => Named(shown.Metric, shown.Label, metrics)
            .Where(found => double.IsFinite(found.Value))
            .Select(found => (found.Label, found.Value.ToString(shown.Format, CultureInfo.InvariantCulture))));

    /// <summary>A text in one line of a width, with "..." where it was longer; control characters are blanks.</summary>
    public static string OneLine(string text, int width)
    {
        string line = string.Join(' ', string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= width ? line : line[..Math.Max(0, width - 3)] + "...";
    }

    private static IEnumerable<(string Label, double Value)> Named(
        string metric, string label, IReadOnlyDictionary<string, double> metrics) => metric.EndsWith('/')
        ? metrics.Where(found => found.Key.StartsWith(metric, StringComparison.Ordinal))
            .Select(found => ("  " + found.Key[metric.Length..], found.Value))
        : metrics.TryGetValue(metric, out double value) ? [(label, value)] : [];

    /// <summary>"2m10s": two units at most.</summary>
    public static string Duration(TimeSpan time)
    {
        (long hours, long minutes, long seconds) = ((long)time.TotalHours, time.Minutes, time.Seconds);
        if (hours > 0)
            return string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes:00}m");
        return minutes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds:00}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
    }
}

/// <summary>Steps done and to do, and the time they leave.</summary>
/// <param name="First">Steps that were done before the clock began.</param>
/// <param name="Total">Steps in all; 0 where that is not known.</param>
internal sealed record Pace(long First, long Total)
{
    /// <summary>Time left at the mean speed so far; null before it can be known.</summary>
    public TimeSpan? Left(long step, TimeSpan elapsed) =>
        step <= First || Total <= step ? null : elapsed / (step - First) * (Total - step);
}
