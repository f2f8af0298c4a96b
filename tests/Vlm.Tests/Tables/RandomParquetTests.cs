using System.Collections;
using System.Globalization;
using CsCheck;
using Vlm.Tables;

namespace Vlm.Tests.Tables;

/// <summary>Tables of any shape: what Parquet.Net writes, DuckDB reads back.</summary>
public sealed class RandomParquetTests : IDisposable
{
    private const int Depth = 3;

    private static readonly string[] s_names = ["id", "log probs", "it's \"it\"", "a.b", "naïve 世界", "list", "element"];

    private static readonly Gen<object?> s_text = Gen.OneOf(
        Gen.String.Select(Whole), Gen.OneOf<object?>("", "世界", "\U0001F600", "'\"\\", "a\0b", "\uFFFF"));

    private static readonly Gen<object?> s_real = Gen.OneOf(
        Gen.Double.Select(number => (object?)number),
        Gen.OneOf<object?>(
            double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, -0.0, 1.5f));

    private static readonly Gen<object?> s_integer = Gen.OneOf(
        Gen.Long.Select(number => (object?)number), Gen.OneOf<object?>(long.MinValue, long.MaxValue, int.MinValue, 0));

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void What_is_written_is_read() => Table().Sample(
        table =>
        {
            ParquetFile.Write(_file, table.Columns, table.Rows);
            Assert.Equal(
                table.Rows.Select(row => Show(row, table.Columns)),
                ParquetFile.Read(_file).Select(row => Show(row.Values, table.Columns)));
        },
        iter: 150,
        threads: 1,
        print: table => string.Join(", ", table.Columns.Select(column => $"{column.Name} {column.Type.Sql}")));

    private static Gen<(Column[] Columns, object?[][] Rows)> Table() =>
        from names in Gen.Shuffle(s_names)
        from types in Types(Depth).Array[1, 4]
        from rows in Gen.Int[0, 40].SelectMany(count => Row(types).Array[count])
        select (types.Select((type, i) => new Column(names[i], type)).ToArray(), rows);

    private static Gen<ColumnType> Types(int depth)
    {
        Gen<ColumnType> flat = Gen.OneOf(
            ColumnType.Text, ColumnType.Bytes, ColumnType.Integer, ColumnType.Real, ColumnType.Flag);
        return depth == 0 ? flat : Gen.Frequency(
            (2, flat), (1, Types(depth - 1).Select(ColumnType.List)), (1, Structs(depth)));
    }

    private static Gen<ColumnType> Structs(int depth) =>
        from names in Gen.Shuffle(s_names)
        from types in Types(depth - 1).Array[1, 3]
        select ColumnType.Of([.. types.Select((type, i) => (names[i], type))]);

    private static Gen<object?[]> Row(ColumnType[] types) => types.Aggregate(
        Gen.Const(Array.Empty<object?>()),
        (row, type) => Gen.Select(row, Value(type), (before, value) => (object?[])[.. before, value]));

    private static Gen<object?> Value(ColumnType type) => Gen.Frequency(
        (1, Gen.Const((object?)null)),
        (4, type switch
        {
            ColumnType.Sequence list => Value(list.Element).Array[0, 4].Select(items => (object?)items),
            ColumnType.Struct fields =>
                Row([.. fields.Fields.Select(item => item.Type)]).Select(items => (object?)items),
            _ when type == ColumnType.Text => s_text,
            _ when type == ColumnType.Bytes => Gen.Byte.Array[0, 20].Select(bytes => (object?)bytes),
            _ when type == ColumnType.Integer => s_integer,
            _ when type == ColumnType.Real => s_real,
            _ => Gen.Bool.Select(flag => (object?)flag),
        }));

    // Random UTF-16 holds half characters, which UTF-8 has no form for.
    private static object? Whole(string text) => System.Text.Encoding.UTF8.GetString(
        System.Text.Encoding.UTF8.GetBytes(text));

    private static string Show(IEnumerable<object?> row, Column[] columns) =>
        string.Join(" | ", row.Zip(columns, (value, at) => Show(value, at.Type)));

    // A struct goes in as its values in order and comes back with names; numbers are shown to the last bit.
    private static string Show(object? value, ColumnType type) => (value, type) switch
    {
        (null, _) => "null",
        (IReadOnlyDictionary<string, object?> named, ColumnType.Struct fields) =>
            Show(fields.Fields.Select(item => named[item.Name]).ToArray(), type),
        (IEnumerable items, ColumnType.Struct fields) =>
            $"{{{string.Join(", ", items.Cast<object?>().Zip(fields.Fields, (item, at) => Show(item, at.Type)))}}}",
        (IEnumerable items, ColumnType.Sequence list) =>
            $"[{string.Join(", ", items.Cast<object?>().Select(item => Show(item, list.Element)))}]",
        (byte[] bytes, _) => Convert.ToHexString(bytes),
        (string text, _) => $"'{text}'",
        (float number, _) => Show((double)number, type),
        (double number, _) => double.IsNaN(number) ? "NaN" : $"{BitConverter.DoubleToInt64Bits(number):X}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
