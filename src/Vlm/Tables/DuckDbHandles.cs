using System.Runtime.InteropServices;

namespace Vlm.Tables;

/// <summary>A database in memory and its one connection.</summary>
internal sealed unsafe class DatabaseHandle : SafeHandle
{
    private readonly DuckDbApi _api;
    private nint _database;

    private DatabaseHandle(DuckDbApi api) : base(0, ownsHandle: true) => _api = api;

    public override bool IsInvalid => handle == 0;

    public nint Connection => handle;

    public static DatabaseHandle Open(DuckDbApi api)
    {
        var made = new DatabaseHandle(api);
        nint database = 0, connection = 0;
        if (api.Open(null, &database) != 0 || api.Connect(database, &connection) != 0)
            throw new DuckDbException("DuckDB did not open a database in memory");
        made._database = database;
        made.SetHandle(connection);
        return made;
    }

    protected override bool ReleaseHandle()
    {
        nint connection = handle, database = _database;
        _api.Disconnect(&connection);
        _api.Close(&database);
        return true;
    }
}

/// <summary>A prepared statement and the rows it gives.</summary>
internal sealed unsafe class ResultHandle : SafeHandle
{
    private readonly DuckDbApi _api;
    private readonly DatabaseHandle _database;
    private Dictionary<string, int> _index = [];
    private nint _statement;

    private ResultHandle(DuckDbApi api, DatabaseHandle database) : base(0, ownsHandle: true)
    {
        (_api, _database) = (api, database);
        bool added = false;
        database.DangerousAddRef(ref added);      // the connection outlives its results
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(DuckDbResult)));
    }

    public override bool IsInvalid => handle == 0;

    private DuckDbResult* Result => (DuckDbResult*)handle;

    public static ResultHandle Execute(DuckDbApi api, DatabaseHandle database, string sql, object?[] parameters)
    {
        var made = new ResultHandle(api, database);
        try
        {
            made.Prepare(sql);
            for (int i = 0; i < parameters.Length; i++)
                made.Bind(i + 1, parameters[i]);
            if (api.ExecuteStreaming(made._statement, made.Result) != 0)
                throw new DuckDbException(DuckDbApi.Text(api.ResultError(made.Result)));
            made._index = made.Names();
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The next rows, some thousands at most, or null after the last.</summary>
    public List<TableRow>? NextChunk()
    {
        nint chunk = _api.FetchChunk(*Result);
        if (chunk == 0)
            return Failed() is { Length: > 0 } error ? throw new DuckDbException(error) : null;

        try
        {
            return Rows(chunk);
        }
        finally
        {
            _api.DestroyChunk(&chunk);
        }
    }

    private List<TableRow> Rows(nint chunk)
    {
        ValueReader[] columns = [.. Enumerable.Range(0, _index.Count).Select(column => Reader(chunk, (ulong)column))];
        var rows = new List<TableRow>();
        for (ulong row = 0; row < _api.ChunkSize(chunk); row++)
        {
            ulong at = row;
            rows.Add(new TableRow(_index, Array.ConvertAll(columns, column => column.Read(at))));
        }

        return rows;
    }

    private ValueReader Reader(nint chunk, ulong column)
    {
        nint type = _api.ColumnType(Result, column);
        ValueReader reader = ValueReader.Of(_api, _api.ChunkVector(chunk, column), type);
        _api.DestroyType(&type);
        return reader;
    }

    private Dictionary<string, int> Names()
    {
        var names = new Dictionary<string, int>();
        for (ulong i = 0; i < _api.ColumnCount(Result); i++)
            if (!names.TryAdd(DuckDbApi.Text(_api.ColumnName(Result, i)), (int)i))
                throw new DuckDbException($"two columns are named {DuckDbApi.Text(_api.ColumnName(Result, i))}");
        return names;
    }

    private void Prepare(string sql)
    {
        nint statement = 0;
        nint text = Marshal.StringToCoTaskMemUTF8(sql);
        int state = _api.Prepare(_database.Connection, (byte*)text, &statement);
        Marshal.FreeCoTaskMem(text);
        _statement = statement;
        if (state != 0)
            throw new DuckDbException(DuckDbApi.Text(_api.PrepareError(statement)));
    }

    private void Bind(int number, object? value)
    {
        nint native = ValueWriter.Parameter(_api, value);
        int state = _api.BindValue(_statement, (ulong)number, native);
        _api.DestroyValue(&native);
        if (state != 0)
            throw new DuckDbException($"the statement takes no parameter number {number}");
    }

    private string Failed() => DuckDbApi.Text(_api.ResultError(Result));

    protected override bool ReleaseHandle()
    {
        nint statement = _statement;
        _api.DestroyResult(Result);
        _api.DestroyPrepare(&statement);
        NativeMemory.Free(Result);
        _database.DangerousRelease();
        return true;
    }
}

/// <summary>Adds rows to one table.</summary>
internal sealed unsafe class AppenderHandle : SafeHandle
{
    private readonly DuckDbApi _api;
    private readonly DatabaseHandle _database;

    private AppenderHandle(DuckDbApi api, DatabaseHandle database) : base(0, ownsHandle: true)
    {
        (_api, _database) = (api, database);
        bool added = false;
        database.DangerousAddRef(ref added);
    }

    public override bool IsInvalid => handle == 0;

    public static AppenderHandle Create(DuckDbApi api, DatabaseHandle database, string table)
    {
        var made = new AppenderHandle(api, database);
        nint appender = 0;
        nint name = Marshal.StringToCoTaskMemUTF8(table);
        int state = api.AppenderCreate(database.Connection, null, (byte*)name, &appender);
        Marshal.FreeCoTaskMem(name);
        made.SetHandle(appender);
        made.Check(state);
        return made;
    }

    public void Add(IReadOnlyList<Column> columns, IReadOnlyList<object?> row)
    {
        if (row.Count != columns.Count)
            throw new ArgumentException($"{row.Count} values for {columns.Count} columns", nameof(row));
        for (int i = 0; i < row.Count; i++)
            Append(columns[i], row[i]);
        Check(_api.AppenderEndRow(handle));
    }

    public void Flush() => Check(_api.AppenderFlush(handle));

    private void Append(Column column, object? value)
    {
        nint native = ValueWriter.Value(_api, column.Type, value);
        int state = _api.AppendValue(handle, native);
        _api.DestroyValue(&native);
        Check(state);
    }

    private void Check(int state)
    {
        if (state != 0)
            throw new DuckDbException(DuckDbApi.Text(_api.AppenderError(handle)));
    }

    protected override bool ReleaseHandle()
    {
        nint appender = handle;
        _ = _api.AppenderDestroy(&appender);
        _database.DangerousRelease();
        return true;
    }
}
