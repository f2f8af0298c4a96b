namespace Vlm.Tables;

/// <summary>Reads one native vector: the values of one column in one chunk. A tree, as nested types are.</summary>
internal abstract unsafe class ValueReader
{
    private readonly ulong* _validity;

    private ValueReader(DuckDbApi api, nint vector) => _validity = api.VectorValidity(vector);

    /// <summary>The value of a row, or null.</summary>
    public object? Read(ulong row) =>
        _validity is null || ((_validity[row / 64] >> (int)(row % 64)) & 1) == 1 ? Value(row) : null;

    protected abstract object Value(ulong row);

    public static ValueReader Of(DuckDbApi api, nint vector, nint type) => api.TypeId(type) switch
    {
        24 => new ListReader(api, vector, type),
        25 => new StructReader(api, vector, type),
        int id => new ScalarReader(api, vector, id),
    };

    private sealed class ScalarReader(DuckDbApi api, nint vector, int id) : ValueReader(api, vector)
    {
        private readonly byte* _data = (byte*)api.VectorData(vector);

        // The numbers are DUCKDB_TYPE of the C header.
        protected override object Value(ulong row) => id switch
        {
            1 => _data[row] != 0,
            2 => (long)((sbyte*)_data)[row],
            3 => (long)((short*)_data)[row],
            4 => (long)((int*)_data)[row],
            5 => ((long*)_data)[row],
            6 => (long)_data[row],
            7 => (long)((ushort*)_data)[row],
            8 => (long)((uint*)_data)[row],
            9 => checked((long)((ulong*)_data)[row]),
            10 => (double)((float*)_data)[row],
            11 => ((double*)_data)[row],
            16 => checked((long)((Int128*)_data)[row]),
            17 => System.Text.Encoding.UTF8.GetString(Slice(row)),
            18 => Slice(row).ToArray(),
            _ => throw new DuckDbException($"values of DuckDB type {id} are not read here; CAST them in the query"),
        };

        // duckdb_string_t: length, then the bytes themselves up to 12, or 4 of them and a pointer to all.
        private ReadOnlySpan<byte> Slice(ulong row)
        {
            byte* at = _data + (row * 16);
            int length = *(int*)at;
            return new ReadOnlySpan<byte>(length <= 12 ? at + 4 : *(byte**)(at + 8), length);
        }
    }

    private sealed class ListReader : ValueReader
    {
        private readonly ulong* _spans;      // offset and length of each row's elements
        private readonly ValueReader _elements;

        public ListReader(DuckDbApi api, nint vector, nint type) : base(api, vector)
        {
            _spans = (ulong*)api.VectorData(vector);
            nint element = api.ListElementType(type);
            _elements = Of(api, api.ListChild(vector), element);
            api.DestroyType(&element);
        }

        protected override object Value(ulong row)
        {
            var values = new object?[_spans[(2 * row) + 1]];
            for (int i = 0; i < values.Length; i++)
                values[i] = _elements.Read(_spans[2 * row] + (ulong)i);
            return values;
        }
    }

    private sealed class StructReader : ValueReader
    {
        private readonly (string Name, ValueReader Values)[] _fields;

        public StructReader(DuckDbApi api, nint vector, nint type) : base(api, vector)
        {
            _fields = new (string, ValueReader)[api.StructCount(type)];
            for (ulong i = 0; i < (ulong)_fields.Length; i++)
            {
                byte* name = api.StructName(type, i);
                nint field = api.StructType(type, i);
                _fields[i] = (DuckDbApi.Text(name), Of(api, api.StructChild(vector, i), field));
                api.DestroyType(&field);
                api.Free(name);
            }
        }

        protected override object Value(ulong row)
        {
            var values = new Dictionary<string, object?>(_fields.Length);
            foreach ((string name, ValueReader field) in _fields)
                values[name] = field.Read(row);
            return values;
        }
    }
}
