using System.Globalization;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>The words that every display uses.</summary>
internal static class ProgressText
{
    // What is shown of a step, in this order, where it was logged.
    private static readonly (string Metric, string Label, string Format)[] s_shown =
    [
        (Metric.Reward, "reward", "0.000"), (Metric.Loss, "loss", "0.000"), (Metric.Accuracy, "accuracy", "0.00"),
        (Metric.VqaAccuracy, "vqa", "0.00"), (Metric.GroundingAcc50, "ground", "0.00"),
    ];

    /// <summary>The step's numbers: ("reward", "0.532"), ("vqa", "0.61") ... tokens per second last.</summary>
    public static IEnumerable<(string Label, string Value)> Numbers(IReadOnlyDictionary<string, double> metrics)
    {
        foreach ((string metric, string label, string format) in s_shown)
            if (metrics.TryGetValue(metric, out double value))
                yield return (label, value.ToString(format, CultureInfo.InvariantCulture));
        if (metrics.TryGetValue(Metric.RolloutTokensPerSecond, out double speed))
            yield return ("tok/s", speed.ToString("N0", CultureInfo.InvariantCulture));
    }

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
