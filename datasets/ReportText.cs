using System.Globalization;

namespace Vlm.Datasets;

/// <summary>Lines that reports of examples and of pairs share.</summary>
internal static class ReportText
{
    private const int MostListed = 20;

    /// <summary>What was read of a file.</summary>
    public static IEnumerable<string> OfFile(
        string path, string kind, string layout, int rows, string made, IReadOnlyList<string> read, IReadOnlyList<string> notRead,
        IEnumerable<string> notes)
    {
        yield return $"{path}: {kind}, layout {layout}, {Count(rows, "row")}, {made}";
        yield return $"  columns read: {string.Join(", ", read)}" + (notRead.Count > 0 ? $"; not read: {string.Join(", ", notRead)}" : "");
        foreach (string note in notes)
            yield return $"  {note}";
    }

    /// <summary>The bad rows that were skipped, the first of them by name.</summary>
    public static IEnumerable<string> OfSkipped(IReadOnlyList<SkippedRow> skipped)
    {
        if (skipped.Count > 0)
            yield return $"{Count(skipped.Count, "bad row")} skipped:";
        foreach (SkippedRow row in skipped.Take(MostListed))
            yield return $"  {row.Where}: {row.Problem}";
        if (skipped.Count > MostListed)
            yield return string.Create(CultureInfo.InvariantCulture, $"  and {skipped.Count - MostListed} more");
    }

    /// <summary>"a 3, b 1".</summary>
    public static string Show(IReadOnlyDictionary<string, int> counts) => string.Join(", ", counts.OrderByDescending(pair => pair.Value)
        .Select(pair => $"{pair.Key} {pair.Value.ToString(CultureInfo.InvariantCulture)}"));

    /// <summary>"1 row", "2,000 rows".</summary>
    public static string Count(int number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {what}{(number == 1 ? "" : "s")}");
}
