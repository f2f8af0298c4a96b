using System.Globalization;
using Vlm.Rewards.Learned;

/// <summary>Results as tables for a terminal.</summary>
static class BenchTable
{
    private static readonly string[] s_accuracy =
        ["reward", "pairs", "not scored", "accuracy", "+-", "macro", "margin", "calibration error", "answers/s"];

    private static readonly string[] s_bias =
        ["reward", "longer chosen", "shorter chosen", "length bias", "response", "instruction", "image", "as verified", "Spearman"];

    /// <summary>Accuracy; bias, consistency and agreement; accuracy by kind of pair and by quarter of strength.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<RewardResult> results) =>
    [
        .. Table([s_accuracy, .. results.Select(Accuracy)]), "",
        .. Table([s_bias, .. results.Select(Bias)]), "",
        .. Parts("kind of pair", results, report => report.Kinds),
        .. Parts("strength", results, report => report.Strengths),
    ];

    private static string[] Accuracy(RewardResult one) =>
    [
        one.Reward, Count(one.Pairs), Count(one.NotScored), Share(one.Report?.All.Accuracy), Share(one.Report?.All.StandardError),
        Share(one.Report?.MacroAccuracy), Number(one.Report?.MeanMargin), Number(one.Report?.CalibrationError),
        Number(one.CompletionsPerSecond, "F0"),
    ];

    private static string[] Bias(RewardResult one) =>
    [
        one.Reward, Share(one.Report?.LongerChosen.Accuracy), Share(one.Report?.ShorterChosen.Accuracy), Number(one.Report?.LengthCorrelation),
        Share(one.Consistency.Response), Share(one.Consistency.Instruction), Share(one.Consistency.Image), Share(one.Agreement?.OrderedAlike),
        Number(one.Agreement?.Spearman),
    ];

    // A row for each part that some reward has scored, a column for each reward.
    private static IEnumerable<string> Parts(
        string title, IReadOnlyList<RewardResult> results, Func<PairReport, IReadOnlyList<PairAccuracy>> parts)
    {
        string[] names = [.. results.SelectMany(one => one.Report is { } report ? parts(report) : []).Select(part => part.Name).Distinct()];
        if (names.Length == 0)
            return [];
        return [.. Table([[title, "pairs", .. results.Select(one => one.Reward)], .. names.Select(Row)]), ""];

        PairAccuracy? Of(RewardResult one, string name) =>
            one.Report is { } report ? parts(report).FirstOrDefault(part => part.Name == name) : null;

        string[] Row(string name) =>
            [name, Count(results.Max(one => Of(one, name)?.Count ?? 0)), .. results.Select(one => Share(Of(one, name)?.Accuracy))];
    }

    private static IEnumerable<string> Table(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return rows.Select(row => string.Join(
            "  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd());
    }

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double? share) => Number(100 * share, "F1") is var shown and not "-" ? $"{shown} %" : "-";

    private static string Number(double? number, string form = "F3") =>
        number is { } known && double.IsFinite(known) ? known.ToString(form, CultureInfo.InvariantCulture) : "-";
}
