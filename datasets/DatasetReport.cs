namespace Vlm.Datasets;

/// <summary>What was read of one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">Parquet, JSON lines, JSON or CSV, whatever it is called.</param>
/// <param name="Layout">How its rows are laid out.</param>
/// <param name="Rows">Rows that were looked at.</param>
/// <param name="Examples">Examples that were made of them.</param>
/// <param name="ColumnsRead">Columns that examples were made of, by name.</param>
/// <param name="ColumnsNotRead">Columns with a value that were not needed, by name.</param>
/// <param name="Notes">What else there is to say of it.</param>
public sealed record FileReport(
    string Path, string Kind, DatasetLayout Layout, int Rows, int Examples, IReadOnlyList<string> ColumnsRead,
    IReadOnlyList<string> ColumnsNotRead, IReadOnlyList<string> Notes);

/// <summary>A bad row that was skipped.</summary>
/// <param name="Where">The file and the row.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record SkippedRow(string Where, string Problem);

/// <summary>What was read of a dataset, and what was not.</summary>
/// <param name="Files">In the order they were read.</param>
/// <param name="Skipped">Bad rows that were skipped, as <see cref="DatasetOptions.SkipBad"/> allows.</param>
/// <param name="Kinds">Examples of each kind.</param>
/// <param name="TruthKinds">Examples of each kind of truth.</param>
/// <param name="Images">Images of all examples.</param>
public sealed record DatasetReport(
    IReadOnlyList<FileReport> Files, IReadOnlyList<SkippedRow> Skipped, IReadOnlyDictionary<string, int> Kinds,
    IReadOnlyDictionary<string, int> TruthKinds, int Images)
{
    /// <summary>Of a dataset that is part of this one: how it was parted.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The report as it is printed, a line each.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (FileReport file in Files)
            foreach (string line in ReportText.OfFile(file.Path, file.Kind, file.Layout.Name, file.Rows, ReportText.Count(file.Examples, "example"),
                file.ColumnsRead, file.ColumnsNotRead, file.Notes))
                yield return line;
        yield return $"{ReportText.Count(Kinds.Values.Sum(), "example")}, {ReportText.Count(Images, "image")}; "
            + $"kinds: {ReportText.Show(Kinds)}; truths: {ReportText.Show(TruthKinds)}";
        foreach (string note in Notes)
            yield return note;
        foreach (string line in ReportText.OfSkipped(Skipped))
            yield return line;
    }
}
