using System.Globalization;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>A row, or what is wrong with the place where one should be.</summary>
internal readonly record struct RowOrProblem(Row? Row, UsageException? Problem)
{
    public static implicit operator RowOrProblem(Row row) => new(row, null);

    public static implicit operator RowOrProblem(UsageException problem) => new(null, problem);
}

/// <summary>The rows of a file of any kind, in order, read as they are asked for.</summary>
internal static class Rows
{
    /// <summary>The rows of a file.</summary>
    /// <exception cref="UsageException">
    /// The file is missing, empty or of a kind that is not read (at once), or is damaged (where it is read). A broken line of
    /// JSON lines is a problem of its row, and those after it are read.
    /// </exception>
    public static IEnumerable<RowOrProblem> Read(string path) => Read(path, FileKinds.Of(path));

    /// <inheritdoc cref="Read(string)"/>
    public static IEnumerable<RowOrProblem> Read(string path, FileKind kind) => kind switch
    {
        FileKind.Parquet => Table(path, ParquetFile.Read(path)),
        FileKind.Csv => Table(path, CsvFile.Read(path)),
        FileKind.JsonLines => JsonRows.Lines(path),
        FileKind.JsonList => JsonRows.List(path),
        _ => JsonRows.Wrapped(path),
    };

    /// <summary>The folder of a file.</summary>
    internal static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>The name of a row: the file's, and its number from 1.</summary>
    internal static string NameOf(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{NameOf(path)}-{index + 1}");

    /// <summary>The name of a file in the names of its rows.</summary>
    internal static string NameOf(string path) => Path.GetFileNameWithoutExtension(DataStream.Unpacked(path));

    private static IEnumerable<RowOrProblem> Table(string path, IEnumerable<TableRow> rows)
    {
        string folder = FolderOf(path);
        return rows.Select((row, i) => (RowOrProblem)new Row(
            row.Columns.Zip(row.Values).ToDictionary(pair => pair.First, pair => pair.Second), NameOf(path, i),
            string.Create(CultureInfo.InvariantCulture, $"{path}, row {i + 1}"), folder));
    }
}
