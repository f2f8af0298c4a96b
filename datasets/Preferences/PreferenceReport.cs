namespace Vlm.Datasets;

/// <summary>What was read of one file of pairs.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">Parquet, JSON lines, JSON or CSV, whatever it is called.</param>
/// <param name="Layout">How most of its rows are laid out.</param>
/// <param name="Rows">Rows that were looked at.</param>
/// <param name="Pairs">Pairs that were made of them.</param>
/// <param name="ColumnsRead">Columns that pairs were made of, by name.</param>
/// <param name="ColumnsNotRead">Columns with a value that were not needed, by name.</param>
/// <param name="Notes">What else there is to say of it: rows that compare nothing, among others.</param>
public sealed record PreferenceFileReport(
    string Path, string Kind, PreferenceLayout Layout, int Rows, int Pairs, IReadOnlyList<string> ColumnsRead,
    IReadOnlyList<string> ColumnsNotRead, IReadOnlyList<string> Notes);

/// <summary>What was read of pairs, and what was not.</summary>
/// <param name="Files">In the order they were read.</param>
/// <param name="Skipped">Bad rows that were skipped, as <see cref="DatasetOptions.SkipBad"/> allows.</param>
/// <param name="Kinds">Pairs of each kind.</param>
/// <param name="Images">Images of all questions.</param>
/// <param name="Strengths">Pairs that say how much better the chosen answer is.</param>
/// <param name="Truths">Pairs whose question has a truth, by which answers can be verified.</param>
public sealed record PreferenceReport(
    IReadOnlyList<PreferenceFileReport> Files, IReadOnlyList<SkippedRow> Skipped, IReadOnlyDictionary<string, int> Kinds, int Images,
    int Strengths, int Truths)
{
    /// <summary>The report as it is printed, a line each.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (PreferenceFileReport file in Files)
            foreach (string line in ReportText.OfFile(file.Path, file.Kind, file.Layout.Name, file.Rows, ReportText.Count(file.Pairs, "pair"),
                file.ColumnsRead, file.ColumnsNotRead, file.Notes))
                yield return line;
        yield return $"{ReportText.Count(Kinds.Values.Sum(), "pair")}, {ReportText.Count(Images, "image")}; kinds: {ReportText.Show(Kinds)}; "
            + $"{ReportText.Count(Strengths, "strength")}, {ReportText.Count(Truths, "truth")}";
        foreach (string line in ReportText.OfSkipped(Skipped))
            yield return line;
    }

    internal static PreferenceReport Of(IReadOnlyList<Preference> pairs, PreferenceReader reader) => new(
        reader.Files, reader.Skipped, pairs.CountBy(pair => pair.Kind).ToDictionary(pair => pair.Key, pair => pair.Value),
        pairs.Sum(pair => pair.Example.Images.Count), pairs.Count(pair => pair.Strength is not null),
        pairs.Count(pair => pair.Example.Truth.IsKnown));
}
