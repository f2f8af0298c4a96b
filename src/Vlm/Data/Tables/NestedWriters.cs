using System.Collections;
using Parquet;
using Parquet.Schema;

namespace Vlm.Tables;

/// <summary>Values of a list column: any sequences but texts.</summary>
internal sealed class ListWriter(ColumnType.Sequence type, ListField field) : ColumnWriter
{
    private readonly ColumnWriter _element = Of(type.Element, field.Item);

    public override long Bytes => _element.Bytes;

    // Of the two definition levels of a list, the first says that the list is there, the second that it has elements.
    public override void Add(object? value, int repetition)
    {
        if (value is null)
        {
            Skip(field.MaxDefinitionLevel - 2, repetition);
            return;
        }

        int next = repetition;
        foreach (object? item in value is IEnumerable items and not string ? items : throw Wrong(type, value))
        {
            _element.Add(item, next);
            next = field.MaxRepetitionLevel;
        }

        if (next == repetition)
            Skip(field.MaxDefinitionLevel - 1, repetition);
    }

    public override void Skip(int definition, int repetition) => _element.Skip(definition, repetition);

    public override Task FlushAsync(ParquetRowGroupWriter group) => _element.FlushAsync(group);
}

/// <summary>Values of a struct column: dictionaries, or sequences in the order of the fields.</summary>
internal sealed class StructWriter : ColumnWriter
{
    private readonly ColumnType.Struct _type;
    private readonly StructField _field;
    private readonly ColumnWriter[] _fields;

    public StructWriter(ColumnType.Struct type, StructField field) =>
        (_type, _field, _fields) = (type, field, [.. type.Fields.Zip(field.Fields, (item, at) => Of(item.Type, at))]);

    public override long Bytes => _fields.Sum(item => item.Bytes);

    public override void Add(object? value, int repetition)
    {
        if (value is null)
        {
            Skip(_field.MaxDefinitionLevel - 1, repetition);
            return;
        }

        object?[] items = Items(value);
        if (items.Length != _fields.Length)
            throw new ArgumentException($"{items.Length} values for {_type.Sql}", nameof(value));
        for (int i = 0; i < items.Length; i++)
            _fields[i].Add(items[i], repetition);
    }

    public override void Skip(int definition, int repetition)
    {
        foreach (ColumnWriter field in _fields)
            field.Skip(definition, repetition);
    }

    public override async Task FlushAsync(ParquetRowGroupWriter group)
    {
        foreach (ColumnWriter field in _fields)
            await field.FlushAsync(group).ConfigureAwait(false);
    }

    private object?[] Items(object value) => value switch
    {
        IReadOnlyDictionary<string, object?> named =>
            [.. _type.Fields.Select(item => named.GetValueOrDefault(item.Name))],
        IEnumerable items and not string => [.. items.Cast<object?>()],
        _ => throw Wrong(_type, value),
    };
}
