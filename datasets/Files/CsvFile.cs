using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>CSV and TSV files through DuckDB: a header, then rows; every value is a text.</summary>
internal static class CsvFile
{
    private const int MostBytesOfLine = 1 << 24;

    private static readonly string[] s_delimiters = [",", "\t", ";"];

    /// <summary>The rows in order, read as they are asked for.</summary>
    /// <exception cref="UsageException">The file has no header, or a row has another number of values.</exception>
    public static IEnumerable<TableRow> Read(string path)
    {
        using var database = DuckDb.Open();
        using IEnumerator<TableRow> rows = database.Query($"SELECT * FROM {Source(path)}").GetEnumerator();
        while (Next(rows, path))
            yield return rows.Current;
    }

    /// <summary>The table as SQL names it.</summary>
    public static string Source(string path)
    {
        string delimiter = Delimiter(path);
        return $"read_csv({DuckDb.Literal(ParquetFile.Pattern(path))}, header = true, all_varchar = true, skip = 0, strict_mode = true, "
            + $"delim = '{delimiter}', quote = '\"', escape = '\"', max_line_size = {MostBytesOfLine}, "
            + $"buffer_size = {2 * MostBytesOfLine}, parallel = false)";
    }

    // Tabs and semicolons where the header has more of them than of commas.
    private static string Delimiter(string path)
    {
        using var reader = new StreamReader(DataStream.Open(path));
        string header = reader.ReadLine() ?? "";
        return s_delimiters.MaxBy(delimiter => header.Count(letter => letter == delimiter[0]))!;
    }

    private static bool Next(IEnumerator<TableRow> rows, string path)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (DuckDbException refused)
        {
            (string problem, long line)? found = CsvScan.Problem(path, Delimiter(path)[0]);
            throw new UsageException(
                $"the file is not readable as CSV: {found?.problem ?? refused.Message}", found is { line: var line } ? JsonRows.At(path, line) : path,
                "a header, then as many values in each line, \"quoted\" where they hold a comma");
        }
    }
}
