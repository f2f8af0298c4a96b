using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Vlm.Tables;

/// <summary>Values of Arrow arrays, in which DuckDB hands out rows, as <see cref="TableRow"/> holds them.</summary>
internal static class ValueReader
{
    /// <summary>Reads the value of a row, or null; valid as long as the array is.</summary>
    public static Func<int, object?> Of(IArrowArray array)
    {
        Func<int, object?> value = array switch
        {
            StructArray fields => Struct(fields),
            ListArray list => List(list),
            FixedSizeListArray list => List(list),
            DictionaryArray words => Word(words),
            _ => Number(array) ?? Scalar(array) ?? throw new DuckDbException(
                $"values of type {array.Data.DataType.Name} are not read here; CAST them in the query"),
        };
        return row => array.IsValid(row) ? value(row) : null;
    }

    // Null means that the array holds no numbers.
    private static Func<int, object?>? Number(IArrowArray array) => array switch
    {
        BooleanArray flags => row => flags.GetValue(row),
        Int8Array numbers => row => (long)numbers.Values[row],
        Int16Array numbers => row => (long)numbers.Values[row],
        Int32Array numbers => row => (long)numbers.Values[row],
        Int64Array numbers => row => numbers.Values[row],
        UInt8Array numbers => row => (long)numbers.Values[row],
        UInt16Array numbers => row => (long)numbers.Values[row],
        UInt32Array numbers => row => (long)numbers.Values[row],
        UInt64Array numbers => row => Whole(numbers.Values[row].ToString(CultureInfo.InvariantCulture)),
        FloatArray numbers => row => Widened(numbers.Values[row]),
        DoubleArray numbers => row => numbers.Values[row],
        Decimal128Array { Scale: 0 } numbers => row => Whole(numbers.GetString(row)),
        Decimal128Array numbers => row => double.Parse(numbers.GetString(row), CultureInfo.InvariantCulture),
        _ => null,
    };

    private static Func<int, object?>? Scalar(IArrowArray array) => array switch
    {
        StringArray texts => row => texts.GetString(row),
        BinaryArray blobs => row => blobs.GetBytes(row).ToArray(),
        Date32Array days => row => Moments.Day(days.Values[row]),
        TimestampArray times => row => Moments.Time(times.Values[row], (TimestampType)times.Data.DataType),
        Time64Array times => row => Moments.OfDay(times.Values[row], (Time64Type)times.Data.DataType),
        MonthDayNanosecondIntervalArray spans => row => Moments.Span(spans.Values[row]),
        _ => null,
    };

    // A number of more than 64 bits stays text: no digit is lost.
    private static object Whole(string digits) =>
        long.TryParse(digits, CultureInfo.InvariantCulture, out long number) ? number : digits;

    private static Func<int, object?> Struct(StructArray array)
    {
        string[] names = [.. ((StructType)array.Data.DataType).Fields.Select(field => field.Name)];
        Func<int, object?>[] fields = [.. array.Fields.Select(Of)];
        return row =>
        {
            var values = new Dictionary<string, object?>(names.Length);
            for (int i = 0; i < names.Length; i++)
                values[names[i]] = fields[i](row);
            return values;
        };
    }

    private static Func<int, object?> List(ListArray array)
    {
        Func<int, object?> element = Of(array.Values);
        return row => Elements(element, array.ValueOffsets[row], array.GetValueLength(row));
    }

    private static Func<int, object?> List(FixedSizeListArray array)
    {
        Func<int, object?> element = Of(array.Values);
        int length = ((FixedSizeListType)array.Data.DataType).ListSize;
        return row => Elements(element, (array.Offset + row) * length, length);
    }

    private static object?[] Elements(Func<int, object?> element, int start, int length)
    {
        var values = new object?[length];
        for (int i = 0; i < length; i++)
            values[i] = element(start + i);
        return values;
    }

    // 0.1 of a column of floats is 0.1, and not 0.10000000149: its own digits, as a double.
    private static double Widened(float number)
    {
        Span<char> digits = stackalloc char[32];
        return float.IsFinite(number) && number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture)
            ? double.Parse(digits[..length], CultureInfo.InvariantCulture) : number;
    }

    private static Func<int, object?> Word(DictionaryArray array)
    {
        Func<int, object?> index = Of(array.Indices), word = Of(array.Dictionary);
        return row => word((int)(long)index(row)!);
    }
}
