using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;

namespace Vlm.Tables;

/// <summary>DuckDB refused a statement, or a value.</summary>
/// <param name="message">The first line of what DuckDB said; those below repeat the statement.</param>
/// <param name="inner">What DuckDB's client threw, if it did.</param>
public sealed class DuckDbException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// An SQL database in memory, gone when disposed: it reads Parquet, JSON and CSV. One thread at a time may use it. It
/// starts no threads, so that results come out in one order and training keeps the cores, and fetches no extension.
/// </summary>
public sealed class DuckDb : IDisposable
{
    private const string Settings = "DataSource=:memory:;threads=1;"
        + "autoinstall_known_extensions=false;autoload_known_extensions=false;"
        + "allow_community_extensions=false;allow_persistent_secrets=false";

    private readonly DuckDBConnection _connection = new(Settings);
    private bool _disposed;

    private DuckDb()
    {
    }

    /// <summary>An empty database.</summary>
    public static DuckDb Open()
    {
        var database = new DuckDb();
        database._connection.Open();
        return database;
    }

    /// <summary>Runs statements that give no rows.</summary>
    public void Execute(string sql, params object?[] parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using DuckDBCommand command = Command(sql, parameters);
        Ask(command.ExecuteNonQuery);
    }

    /// <summary>
    /// The rows of one statement, fetched in chunks as they are asked for: a large result never lies in memory whole.
    /// Whoever asks the next question before the last row has come gets no more rows of this one, but an exception.
    /// </summary>
    /// <param name="sql">One statement; <c>?</c> stands for a parameter.</param>
    /// <param name="parameters">Texts, bytes, numbers, flags or null, one for each <c>?</c>.</param>
    /// <exception cref="DuckDbException">DuckDB refuses the statement, or meets a value it cannot read.</exception>
    public IEnumerable<TableRow> Query(string sql, params object?[] parameters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using DuckDBCommand command = Command(sql, parameters);
        using IArrowArrayStream stream = Ask(command.ExecuteArrowStream);
        Dictionary<string, int> names = Names(stream.Schema);
        while (Ask(() => stream.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } chunk)
            using (chunk)
            {
                Func<int, object?>[] columns = [.. chunk.Arrays.Select(ValueReader.Of)];
                for (int i = 0; i < chunk.Length; i++)
                    yield return new TableRow(names, [.. columns.Select(column => column(i))]);
            }
    }

    /// <summary>A name in double quotes, as SQL takes any name.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text in single quotes.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Closes the database; results that are still being read keep it alive until they end.</summary>
    public void Dispose()
    {
        _disposed = true;
        _connection.Dispose();
    }

    private DuckDBCommand Command(string sql, object?[] parameters)
    {
        DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        foreach (object? value in parameters)
            command.Parameters.Add(new DuckDBParameter(value ?? DBNull.Value));
        return command;
    }

    private static Dictionary<string, int> Names(Schema schema)
    {
        var names = new Dictionary<string, int>();
        foreach (Field field in schema.FieldsList)
            if (!names.TryAdd(field.Name, names.Count))
                throw new DuckDbException($"two columns are named {field.Name}");
        return names;
    }

    private static T Ask<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (DuckDBException refused)
        {
            throw new DuckDbException(refused.Message.Split('\n')[0].TrimEnd(), refused);
        }
    }
}
