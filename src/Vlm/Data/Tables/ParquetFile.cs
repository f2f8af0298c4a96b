namespace Vlm.Tables;

/// <summary>Parquet files: read through DuckDB, written through Parquet.Net.</summary>
public static class ParquetFile
{
    private const string Again = "download or write the file again";

    /// <summary>The columns of a file with their types as SQL writes them, in order.</summary>
    /// <exception cref="UsageException">The file is missing or is not Parquet.</exception>
    public static IReadOnlyList<(string Name, string Type)> Columns(string path)
    {
        CheckOpens(path);
        return [.. Ask(path, $"DESCRIBE SELECT * FROM {Source(path)}")
            .Select(row => (row.Get<string>("column_name"), row.Get<string>("column_type")))];
    }

    /// <summary>The number of rows of a file.</summary>
    /// <exception cref="UsageException">The file is missing or is not Parquet.</exception>
    public static long Count(string path)
    {
        CheckOpens(path);
        return Ask(path, $"SELECT count(*) AS n FROM {Source(path)}").Single().Get<long>("n");
    }

    /// <summary>The rows of a file in order, read in chunks as they are asked for.</summary>
    /// <param name="path">One file.</param>
    /// <param name="columns">The columns to read; none means all. Columns not named cost nothing.</param>
    /// <exception cref="UsageException">
    /// The file is missing, is not Parquet or lacks a column (thrown at once), or is damaged (thrown while it is read).
    /// </exception>
    public static IEnumerable<TableRow> Read(string path, params string[] columns)
    {
        string[] present = [.. Columns(path).Select(column => column.Name)];
        Require(path, present, columns);
        return Ask(path, InPieces(path, present, columns.Length > 0 ? columns : present));
    }

    /// <summary>
    /// Writes a file through a temporary one beside it: a reader, or a crash, meets the whole file or the old one. Rows
    /// are taken one by one and written in groups of some megabytes.
    /// </summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="columns">Names and types.</param>
    /// <param name="rows">Values in the order of the columns.</param>
    /// <exception cref="IOException">The disk is full, or refuses.</exception>
    public static void Write(string path, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        CompleteFile.Write(path, file => ParquetRows.WriteAsync(file, columns, rows).GetAwaiter().GetResult());
    }

    // DuckDB reads 2,048 rows at a time, and what it hands out at a time must stay below 2 GB, which 2,048 photographs
    // may pass. Of an operator that makes eight rows of each one comes an eighth of them at a time; it copies none.
    private static string InPieces(string path, string[] present, string[] columns)
    {
        string list = string.Join(", ", columns.Select(DuckDb.Quote));
        string copy = DuckDb.Quote($"copy of {string.Concat(present)}");         // the name of no column
        return $"SELECT {list} FROM (SELECT {list}, unnest([0, 1, 2, 3, 4, 5, 6, 7]) AS {copy} FROM {Source(path)}) "
            + $"WHERE {copy} = 0";
    }

    private static IEnumerable<TableRow> Ask(string path, string sql)
    {
        using var database = DuckDb.Open();
        using IEnumerator<TableRow> rows = database.Query(sql).GetEnumerator();
        while (Next(rows, path))
            yield return rows.Current;
    }

    private static bool Next(IEnumerator<TableRow> rows, string path)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (DuckDbException refused)
        {
            throw new UsageException($"the file is not readable as Parquet: {refused.Message}", path, Again);
        }
    }

    private static void CheckOpens(string path)
    {
        const string file = "the path of a .parquet file";
        try
        {
            File.OpenHandle(path).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw error switch
            {
                _ when Directory.Exists(path) =>
                    new UsageException("that is a folder, not a Parquet file", path, $"{file} in it"),
                FileNotFoundException or DirectoryNotFoundException or ArgumentException =>
                    new UsageException("there is no such Parquet file", path, file),
                UnauthorizedAccessException => new UsageException(
                    "the file, or a folder on its path, may not be read", path, $"chmod u+r {path}"),
                _ => new UsageException($"the file does not open: {error.Message}", path, file),
            };
        }
    }

    private static void Require(string path, string[] present, string[] needed)
    {
        string[] missing = [.. needed.Except(present)];
        if (missing.Length > 0)
            throw new UsageException(
                $"the file lacks the column{(missing.Length > 1 ? "s" : "")} {string.Join(", ", missing)}",
                path,
                $"rename or add columns; present: {string.Join(", ", present)}");
    }

    /// <summary>The table as SQL names it.</summary>
    // In a pattern, brackets around * ? [ make them stand for themselves. A whole path starts with no ~ and no address,
    // and a folder named a=1 is no column.
    internal static string Source(string path) =>
        $"read_parquet({DuckDb.Literal(Pattern(path))}, hive_partitioning = false)";

    /// <summary>A path as DuckDB takes it to name one file.</summary>
    internal static string Pattern(string path) =>
        string.Concat(Path.GetFullPath(path).Select(c => c is '*' or '?' or '[' ? $"[{c}]" : $"{c}"));
}
