namespace Vlm.Tables;

/// <summary>Parquet files, through DuckDB.</summary>
public static class Parquet
{
    // Rows with images are large; DuckDB's own 122,880 rows a group would hold gigabytes of them at a time.
    private const int RowsPerGroup = 2048;

    /// <summary>The columns of a file with their types as SQL writes them, in order.</summary>
    /// <exception cref="UsageException">The file is missing or is not Parquet.</exception>
    public static IReadOnlyList<(string Name, string Type)> Columns(string path)
    {
        using var database = DuckDb.Open();
        return Describe(database, path);
    }

    /// <summary>The number of rows of a file.</summary>
    /// <exception cref="UsageException">The file is missing or is not Parquet.</exception>
    public static long Count(string path)
    {
        using var database = DuckDb.Open();
        _ = Describe(database, path);
        return database.Query($"SELECT count(*) AS n FROM {Source(path)}").Single().Get<long>("n");
    }

    /// <summary>The rows of a file in order, read in chunks as they are asked for.</summary>
    /// <param name="path">One file.</param>
    /// <param name="columns">The columns to read; none means all. Columns not named cost nothing.</param>
    /// <exception cref="UsageException">The file is missing, broken, or lacks a column. Thrown at once.</exception>
    public static IEnumerable<TableRow> Read(string path, params string[] columns)
    {
        using (var database = DuckDb.Open())
            Require(path, [.. Describe(database, path).Select(column => column.Name)], columns);
        return Rows(path, columns);
    }

    /// <summary>
    /// Writes a file through a temporary one beside it: a reader, or a crash, meets the whole file or the old one. Rows
    /// are taken one by one; what does not fit in a gigabyte waits on disk.
    /// </summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="columns">Names and types.</param>
    /// <param name="rows">Values in the order of the columns.</param>
    public static void Write(string path, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var database = DuckDb.Open())
                Copy(database, temporary, columns, rows);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Copy(
        DuckDb database, string path, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        database.Execute("SET memory_limit = '1GB'");
        database.Execute($"SET temp_directory = {DuckDb.Literal(path + ".spill")}");
        string list = string.Join(", ", columns.Select(column => $"{DuckDb.Quote(column.Name)} {column.Type.Sql}"));
        database.Execute($"CREATE TABLE rows ({list})");
        database.Append("rows", columns, rows);
        database.Execute(
            $"COPY rows TO {DuckDb.Literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowsPerGroup})");
    }

    private static IEnumerable<TableRow> Rows(string path, string[] columns)
    {
        using var database = DuckDb.Open();
        string list = columns.Length == 0 ? "*" : string.Join(", ", columns.Select(DuckDb.Quote));
        foreach (TableRow row in database.Query($"SELECT {list} FROM {Source(path)}"))
            yield return row;
    }

    private static IReadOnlyList<(string Name, string Type)> Describe(DuckDb database, string path)
    {
        if (!File.Exists(path))
            throw new UsageException("there is no such Parquet file", path, "the path of a .parquet file");
        try
        {
            return [.. database.Query($"DESCRIBE SELECT * FROM {Source(path)}")
                .Select(row => (row.Get<string>("column_name"), row.Get<string>("column_type")))];
        }
        catch (DuckDbException)
        {
            throw new UsageException(
                "the file is not readable as Parquet; it may be cut short or of another format",
                path,
                "download or write the file again");
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

    // In a pattern, brackets around * ? [ make them stand for themselves.
    private static string Source(string path)
    {
        string pattern = string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : $"{c}"));
        return $"read_parquet({DuckDb.Literal(pattern)})";
    }
}
