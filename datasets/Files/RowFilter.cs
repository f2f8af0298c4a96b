using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>Which rows of a file meet a condition in SQL.</summary>
internal static class RowFilter
{
    private const int MostBytesOfObject = 1 << 26;

    /// <summary>The numbers of the rows, from 0.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="condition">Over its columns.</param>
    /// <exception cref="UsageException">DuckDB does not take the condition, or the file.</exception>
    public static HashSet<long> Numbers(string path, FileKind kind, string condition)
    {
        string number = DuckDb.Quote("number of the row");
        string sql = $"SELECT {number} FROM (SELECT *, row_number() OVER () - 1 AS {number} FROM {Source(path, kind)}) WHERE ({condition}\n)";
        try
        {
            using var database = DuckDb.Open();
            return [.. database.Query(sql).Select(row => row.Get<long>("number of the row"))];
        }
        catch (DuckDbException refused)
        {
            throw new UsageException(
                $"the condition does not work: {refused.Message}", $"{nameof(DatasetOptions.Where)} = {condition}",
                $"a condition over {string.Join(", ", Columns(path, kind))}");
        }
    }

    private static string Source(string path, FileKind kind) => kind switch
    {
        FileKind.Parquet => ParquetFile.Source(path),
        FileKind.Csv => CsvFile.Source(path),
        FileKind.JsonLines => Json(path, "newline_delimited"),
        FileKind.JsonList => Json(path, "array"),
        _ => throw new UsageException(
            "a condition works on rows, and this file is one JSON object", path, "JSON lines, or the file without the condition"),
    };

    private static string Json(string path, string format) =>
        $"read_json({DuckDb.Literal(ParquetFile.Pattern(path))}, format = '{format}', sample_size = -1, maximum_object_size = {MostBytesOfObject})";

    private static IEnumerable<string> Columns(string path, FileKind kind)
    {
        try
        {
            using var database = DuckDb.Open();
            return [.. database.Query($"DESCRIBE SELECT * FROM {Source(path, kind)}").Select(row => row.Get<string>("column_name"))];
        }
        catch (DuckDbException)
        {
            return ["its columns"];
        }
    }
}
