using System.Collections;
using System.Runtime.InteropServices;

namespace Vlm.Tables;

/// <summary>Makes native values of managed ones. The caller destroys what it gets.</summary>
internal static unsafe class ValueWriter
{
    /// <summary>A native value of this type, or a native null.</summary>
    public static nint Value(DuckDbApi api, ColumnType type, object? value) => (type, value) switch
    {
        (_, null) => api.CreateNull(),
        (ColumnType.Sequence list, IEnumerable items) when value is not string => List(api, list, items),
        (ColumnType.Struct fields, IReadOnlyDictionary<string, object?> named) =>
            Struct(api, fields, [.. fields.Fields.Select(item => named.GetValueOrDefault(item.Name))]),
        (ColumnType.Struct fields, IEnumerable items) when value is not string =>
            Struct(api, fields, [.. items.Cast<object?>()]),
        (ColumnType.Scalar scalar, _) => Scalar(api, scalar, value),
        _ => throw Wrong(type, value),
    };

    /// <summary>A native value whose type is that of the managed one; for parameters of queries.</summary>
    public static nint Parameter(DuckDbApi api, object? value) => Value(
        api,
        value switch
        {
            string or null => ColumnType.Text,
            byte[] => ColumnType.Bytes,
            int or long => ColumnType.Integer,
            float or double => ColumnType.Real,
            bool => ColumnType.Flag,
            _ => throw new ArgumentException(
                $"a query takes no parameter of type {value.GetType().Name}", nameof(value)),
        },
        value);

    private static nint Scalar(DuckDbApi api, ColumnType.Scalar type, object value) => (type.Id, value) switch
    {
        (17, string text) => Bytes(api.CreateText, System.Text.Encoding.UTF8.GetBytes(text)),
        (18, byte[] bytes) => Bytes(api.CreateBlob, bytes),
        (5, long number) => api.CreateInteger(number),
        (5, int number) => api.CreateInteger(number),
        (11, double number) => api.CreateReal(number),
        (11, float number) => api.CreateReal(number),
        (1, bool flag) => api.CreateFlag(flag ? (byte)1 : (byte)0),
        _ => throw Wrong(type, value),
    };

    private static nint Bytes(delegate* unmanaged<byte*, ulong, nint> create, byte[] bytes)
    {
        byte none = 0;
        fixed (byte* at = bytes)
            return create(at is null ? &none : at, (ulong)bytes.Length);
    }

    private static nint List(DuckDbApi api, ColumnType.Sequence type, IEnumerable items)
    {
        nint[] values = All(api, [.. items.Cast<object?>().Select(item => (type.Element, item))]);
        nint element = Type(api, type.Element), none = 0;
        fixed (nint* at = values)
        {
            // The C function takes no null pointer, not even for an empty list.
            nint list = api.CreateList(element, at is null ? &none : at, (ulong)values.Length);
            Destroy(api, values);
            api.DestroyType(&element);
            return list;
        }
    }

    private static nint Struct(DuckDbApi api, ColumnType.Struct type, object?[] items)
    {
        if (items.Length != type.Fields.Length)
            throw new ArgumentException($"{items.Length} values for {type.Sql}", nameof(items));

        nint[] values = All(api, [.. type.Fields.Zip(items, (slot, item) => (slot.Type, item))]);
        nint native = Type(api, type);
        fixed (nint* at = values)
        {
            nint made = api.CreateStruct(native, at);
            Destroy(api, values);
            api.DestroyType(&native);
            return made;
        }
    }

    // Where one value cannot be made, those made before it are destroyed.
    private static nint[] All(DuckDbApi api, (ColumnType Type, object? Item)[] items)
    {
        var values = new nint[items.Length];
        try
        {
            for (int i = 0; i < items.Length; i++)
                values[i] = Value(api, items[i].Type, items[i].Item);
            return values;
        }
        catch
        {
            Destroy(api, values);
            throw;
        }
    }

    private static void Destroy(DuckDbApi api, nint[] values)
    {
        for (int i = 0; i < values.Length; i++)
            fixed (nint* at = &values[i])
                if (*at != 0)
                    api.DestroyValue(at);
    }

    private static nint Type(DuckDbApi api, ColumnType type) => type switch
    {
        ColumnType.Scalar scalar => api.CreateType(scalar.Id),
        ColumnType.Sequence list => ListType(api, list),
        ColumnType.Struct fields => StructType(api, fields),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown column type"),
    };

    private static nint ListType(DuckDbApi api, ColumnType.Sequence type)
    {
        nint element = Type(api, type.Element);
        nint list = api.CreateListType(element);
        api.DestroyType(&element);
        return list;
    }

    private static nint StructType(DuckDbApi api, ColumnType.Struct type)
    {
        nint[] types = [.. type.Fields.Select(slot => Type(api, slot.Type))];
        nint[] names = [.. type.Fields.Select(slot => Marshal.StringToCoTaskMemUTF8(slot.Name))];
        fixed (nint* type0 = types, name0 = names)
        {
            nint made = api.CreateStructType(type0, (byte**)name0, (ulong)types.Length);
            for (int i = 0; i < types.Length; i++)
            {
                api.DestroyType(type0 + i);
                Marshal.FreeCoTaskMem(names[i]);
            }

            return made;
        }
    }

    private static ArgumentException Wrong(ColumnType type, object value) =>
        new($"a value of type {value.GetType().Name} does not fit a column of type {type.Sql}", nameof(value));
}
