namespace Vlm.Tables;

/// <summary>DuckDB refused a statement, or a value.</summary>
/// <param name="message">What DuckDB said.</param>
public sealed class DuckDbException(string message) : Exception(message);

/// <summary>
/// An SQL database in memory, gone when disposed. One thread at a time may use it. It works on one thread of its own
/// accord, so that results and files come out in one order and training keeps the other cores.
/// </summary>
public sealed unsafe class DuckDb : IDisposable
{
    private readonly DuckDbApi _api;
    private readonly DatabaseHandle _database;
    private bool _disposed;

    private DuckDb(DuckDbApi api)
    {
        _api = api;
        _database = DatabaseHandle.Open(api);
    }

    /// <summary>An empty database.</summary>
    /// <exception cref="UsageException">The native library is not installed.</exception>
    public static DuckDb Open()
    {
        var database = new DuckDb(DuckDbApi.Instance);
        database.Execute("SET threads = 1");
        database.Execute("SET autoinstall_known_extensions = false");
        return database;
    }

    /// <summary>Runs statements that give no rows.</summary>
    public void Execute(string sql, params object?[] parameters)
    {
        foreach (TableRow _ in Query(sql, parameters))
        {
        }
    }

    /// <summary>
    /// The rows of one statement, fetched in chunks as they are asked for: a large result never lies in memory whole.
    /// </summary>
    /// <param name="sql">One statement; <c>?</c> stands for a parameter.</param>
    /// <param name="parameters">Texts, bytes, numbers, flags or null, one for each <c>?</c>.</param>
    public IEnumerable<TableRow> Query(string sql, params object?[] parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var result = ResultHandle.Execute(_api, _database, sql, parameters);
        while (result.NextChunk() is { } rows)
            foreach (TableRow row in rows)
                yield return row;
    }

    /// <summary>Adds rows to an existing table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="columns">All its columns, in order.</param>
    /// <param name="rows">Values in the order of the columns.</param>
    public void Append(string table, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using AppenderHandle appender = AppenderHandle.Create(_api, _database, table);
        foreach (IReadOnlyList<object?> row in rows)
            appender.Add(columns, row);
        appender.Flush();
    }

    /// <summary>A name in double quotes, as SQL takes any name.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text in single quotes.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Closes the database; results that are still being read keep it alive until they end.</summary>
    public void Dispose()
    {
        _disposed = true;
        _database.Dispose();
    }
}
