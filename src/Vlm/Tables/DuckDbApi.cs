using System.Runtime.InteropServices;

namespace Vlm.Tables;

/// <summary>
/// The functions of DuckDB's C API that the project uses, under their C names without the prefix
/// (https://duckdb.org/docs/stable/clients/c/api). A state of 0 is success.
/// </summary>
internal sealed unsafe class DuckDbApi
{
    private static readonly Lock Gate = new();
    private static DuckDbApi? s_instance;

    public readonly delegate* unmanaged<byte*, nint*, int> Open;
    public readonly delegate* unmanaged<nint*, void> Close;
    public readonly delegate* unmanaged<nint, nint*, int> Connect;
    public readonly delegate* unmanaged<nint*, void> Disconnect;
    public readonly delegate* unmanaged<nint, byte*, nint*, int> Prepare;
    public readonly delegate* unmanaged<nint, byte*> PrepareError;
    public readonly delegate* unmanaged<nint*, void> DestroyPrepare;
    public readonly delegate* unmanaged<nint, ulong, nint, int> BindValue;
    public readonly delegate* unmanaged<nint, DuckDbResult*, int> ExecuteStreaming;
    public readonly delegate* unmanaged<DuckDbResult*, byte*> ResultError;
    public readonly delegate* unmanaged<DuckDbResult*, void> DestroyResult;
    public readonly delegate* unmanaged<DuckDbResult, nint> FetchChunk;
    public readonly delegate* unmanaged<DuckDbResult*, ulong> ColumnCount;
    public readonly delegate* unmanaged<DuckDbResult*, ulong, byte*> ColumnName;
    public readonly delegate* unmanaged<DuckDbResult*, ulong, nint> ColumnType;
    public readonly delegate* unmanaged<nint*, void> DestroyChunk;
    public readonly delegate* unmanaged<nint, ulong> ChunkSize;
    public readonly delegate* unmanaged<nint, ulong, nint> ChunkVector;
    public readonly delegate* unmanaged<nint, void*> VectorData;
    public readonly delegate* unmanaged<nint, ulong*> VectorValidity;
    public readonly delegate* unmanaged<nint, nint> ListChild;
    public readonly delegate* unmanaged<nint, ulong, nint> StructChild;
    public readonly delegate* unmanaged<nint, int> TypeId;
    public readonly delegate* unmanaged<nint, nint> ListElementType;
    public readonly delegate* unmanaged<nint, ulong> StructCount;
    public readonly delegate* unmanaged<nint, ulong, byte*> StructName;
    public readonly delegate* unmanaged<nint, ulong, nint> StructType;
    public readonly delegate* unmanaged<int, nint> CreateType;
    public readonly delegate* unmanaged<nint, nint> CreateListType;
    public readonly delegate* unmanaged<nint*, byte**, ulong, nint> CreateStructType;
    public readonly delegate* unmanaged<nint*, void> DestroyType;
    public readonly delegate* unmanaged<byte*, ulong, nint> CreateText;
    public readonly delegate* unmanaged<byte*, ulong, nint> CreateBlob;
    public readonly delegate* unmanaged<long, nint> CreateInteger;
    public readonly delegate* unmanaged<double, nint> CreateReal;
    public readonly delegate* unmanaged<byte, nint> CreateFlag;
    public readonly delegate* unmanaged<nint> CreateNull;
    public readonly delegate* unmanaged<nint, nint*, ulong, nint> CreateList;
    public readonly delegate* unmanaged<nint, nint*, nint> CreateStruct;
    public readonly delegate* unmanaged<nint*, void> DestroyValue;
    public readonly delegate* unmanaged<nint, byte*, byte*, nint*, int> AppenderCreate;
    public readonly delegate* unmanaged<nint, nint, int> AppendValue;
    public readonly delegate* unmanaged<nint, int> AppenderEndRow;
    public readonly delegate* unmanaged<nint, int> AppenderFlush;
    public readonly delegate* unmanaged<nint, byte*> AppenderError;
    public readonly delegate* unmanaged<nint*, int> AppenderDestroy;
    public readonly delegate* unmanaged<void*, void> Free;

    private DuckDbApi(nint library)
    {
        void* Find(string name) => (void*)NativeLibrary.GetExport(library, "duckdb_" + name);

        Open = (delegate* unmanaged<byte*, nint*, int>)Find("open");
        Close = (delegate* unmanaged<nint*, void>)Find("close");
        Connect = (delegate* unmanaged<nint, nint*, int>)Find("connect");
        Disconnect = (delegate* unmanaged<nint*, void>)Find("disconnect");
        Prepare = (delegate* unmanaged<nint, byte*, nint*, int>)Find("prepare");
        PrepareError = (delegate* unmanaged<nint, byte*>)Find("prepare_error");
        DestroyPrepare = (delegate* unmanaged<nint*, void>)Find("destroy_prepare");
        BindValue = (delegate* unmanaged<nint, ulong, nint, int>)Find("bind_value");
        ExecuteStreaming = (delegate* unmanaged<nint, DuckDbResult*, int>)Find("execute_prepared_streaming");
        ResultError = (delegate* unmanaged<DuckDbResult*, byte*>)Find("result_error");
        DestroyResult = (delegate* unmanaged<DuckDbResult*, void>)Find("destroy_result");
        FetchChunk = (delegate* unmanaged<DuckDbResult, nint>)Find("fetch_chunk");
        ColumnCount = (delegate* unmanaged<DuckDbResult*, ulong>)Find("column_count");
        ColumnName = (delegate* unmanaged<DuckDbResult*, ulong, byte*>)Find("column_name");
        ColumnType = (delegate* unmanaged<DuckDbResult*, ulong, nint>)Find("column_logical_type");
        DestroyChunk = (delegate* unmanaged<nint*, void>)Find("destroy_data_chunk");
        ChunkSize = (delegate* unmanaged<nint, ulong>)Find("data_chunk_get_size");
        ChunkVector = (delegate* unmanaged<nint, ulong, nint>)Find("data_chunk_get_vector");
        VectorData = (delegate* unmanaged<nint, void*>)Find("vector_get_data");
        VectorValidity = (delegate* unmanaged<nint, ulong*>)Find("vector_get_validity");
        ListChild = (delegate* unmanaged<nint, nint>)Find("list_vector_get_child");
        StructChild = (delegate* unmanaged<nint, ulong, nint>)Find("struct_vector_get_child");
        TypeId = (delegate* unmanaged<nint, int>)Find("get_type_id");
        ListElementType = (delegate* unmanaged<nint, nint>)Find("list_type_child_type");
        StructCount = (delegate* unmanaged<nint, ulong>)Find("struct_type_child_count");
        StructName = (delegate* unmanaged<nint, ulong, byte*>)Find("struct_type_child_name");
        StructType = (delegate* unmanaged<nint, ulong, nint>)Find("struct_type_child_type");
        CreateType = (delegate* unmanaged<int, nint>)Find("create_logical_type");
        CreateListType = (delegate* unmanaged<nint, nint>)Find("create_list_type");
        CreateStructType = (delegate* unmanaged<nint*, byte**, ulong, nint>)Find("create_struct_type");
        DestroyType = (delegate* unmanaged<nint*, void>)Find("destroy_logical_type");
        CreateText = (delegate* unmanaged<byte*, ulong, nint>)Find("create_varchar_length");
        CreateBlob = (delegate* unmanaged<byte*, ulong, nint>)Find("create_blob");
        CreateInteger = (delegate* unmanaged<long, nint>)Find("create_int64");
        CreateReal = (delegate* unmanaged<double, nint>)Find("create_double");
        CreateFlag = (delegate* unmanaged<byte, nint>)Find("create_bool");
        CreateNull = (delegate* unmanaged<nint>)Find("create_null_value");
        CreateList = (delegate* unmanaged<nint, nint*, ulong, nint>)Find("create_list_value");
        CreateStruct = (delegate* unmanaged<nint, nint*, nint>)Find("create_struct_value");
        DestroyValue = (delegate* unmanaged<nint*, void>)Find("destroy_value");
        AppenderCreate = (delegate* unmanaged<nint, byte*, byte*, nint*, int>)Find("appender_create");
        AppendValue = (delegate* unmanaged<nint, nint, int>)Find("append_value");
        AppenderEndRow = (delegate* unmanaged<nint, int>)Find("appender_end_row");
        AppenderFlush = (delegate* unmanaged<nint, int>)Find("appender_flush");
        AppenderError = (delegate* unmanaged<nint, byte*>)Find("appender_error");
        AppenderDestroy = (delegate* unmanaged<nint*, int>)Find("appender_destroy");
        Free = (delegate* unmanaged<void*, void>)Find("free");
    }

    /// <summary>The API, loaded at the first call. A failure is not remembered, so set-up can mend it.</summary>
    public static DuckDbApi Instance
    {
        get
        {
            lock (Gate)
                return s_instance ??= new DuckDbApi(DuckDbLibrary.Load());
        }
    }

    /// <summary>A C string that DuckDB owns.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

/// <summary>duckdb_result: five fields that the API has retired, and the pointer that counts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DuckDbResult
{
    public ulong RetiredColumnCount;
    public ulong RetiredRowCount;
    public ulong RetiredRowsChanged;
    public void* RetiredColumns;
    public byte* RetiredError;
    public void* Data;
}
