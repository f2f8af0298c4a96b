using System.Text;
using Parquet;
using Parquet.Schema;

namespace Vlm.Tables;

/// <summary>
/// Takes values of a column apart into the flat columns that Parquet stores. A tree, as nested types are.
/// </summary>
/// <remarks>
/// Melnik et al. 2010, "Dremel: Interactive Analysis of Web-Scale Datasets", section 4: each flat value, also one that
/// is absent, has a repetition level, which tells the list that it continues (0: a new row), and a definition level,
/// which counts the names on its way from the row that are there at all.
/// </remarks>
internal abstract class ColumnWriter
{
    /// <summary>About how much memory the values take that wait to be written.</summary>
    public abstract long Bytes { get; }

    /// <summary>Takes a value, or null.</summary>
    /// <exception cref="ArgumentException">It is not of the column's type.</exception>
    public abstract void Add(object? value, int repetition);

    /// <summary>Takes the absence of a value; what is there of it ends at a definition level.</summary>
    public abstract void Skip(int definition, int repetition);

    /// <summary>Writes what was taken into a group, and forgets it.</summary>
    public abstract Task FlushAsync(ParquetRowGroupWriter group);

    /// <summary>A column of a Parquet schema; whatever has a name in it may be null.</summary>
    /// <param name="column">Name and type.</param>
    /// <param name="text">What texts are to Parquet.Net.</param>
    public static Field Field(Column column, Type text) => column.Type switch
    {
        ColumnType.Sequence list => new ListField(column.Name, Field(new(ListField.ElementName, list.Element), text)),
        ColumnType.Struct { Fields: var fields } => new StructField(
            column.Name, [.. fields.Select(item => Field(new(item.Name, item.Type), text))]),
        var scalar => new DataField(column.Name, scalar == ColumnType.Text ? text : Stored(scalar), isNullable: true),
    };

    /// <summary>The writer of a column.</summary>
    /// <param name="type">What it holds.</param>
    /// <param name="field">The field of a schema that it writes.</param>
    public static ColumnWriter Of(ColumnType type, Field field) => (type, field) switch
    {
        (ColumnType.Sequence list, ListField place) => new ListWriter(list, place),
        (ColumnType.Struct fields, StructField place) => new StructWriter(fields, place),
        (_, DataField place) => Flat(type, place),
        _ => throw new ArgumentException($"{field.Name} does not hold {type.Sql}", nameof(field)),
    };

    /// <summary>What to say of a value that is not of a type.</summary>
    protected static ArgumentException Wrong(ColumnType type, object value) =>
        new($"a value of type {value.GetType().Name} does not fit a column of type {type.Sql}", nameof(value));

    private static Type Stored(ColumnType scalar) =>
        scalar == ColumnType.Bytes ? typeof(byte[])
        : scalar == ColumnType.Integer ? typeof(long)
        : scalar == ColumnType.Real ? typeof(double)
        : typeof(bool);

    private static ColumnWriter Flat(ColumnType type, DataField field)
    {
        if (type == ColumnType.Text)
            return new FlatWriter<ReadOnlyMemory<byte>>(
                field, value => value is string text ? new(Encoding.UTF8.GetBytes(text)) : throw Wrong(type, value));
        if (type == ColumnType.Bytes)
            return new FlatWriter<ReadOnlyMemory<byte>>(field, value => value as byte[] ?? throw Wrong(type, value));
        if (type == ColumnType.Integer)
            return new FlatWriter<long>(
                field, value => value is int small ? small : value as long? ?? throw Wrong(type, value));
        if (type == ColumnType.Real)
            return new FlatWriter<double>(
                field, value => value is float small ? small : value as double? ?? throw Wrong(type, value));
        return new FlatWriter<bool>(field, value => value as bool? ?? throw Wrong(type, value));
    }
}
