using System.Buffers;
using Parquet;
using Parquet.Schema;

namespace Vlm.Tables;

/// <summary>Values of one flat column.</summary>
/// <param name="field">The column.</param>
/// <param name="convert">A value as it is stored; throws where it is of another type.</param>
internal sealed class FlatWriter<T>(DataField field, Func<object, T> convert) : ColumnWriter where T : struct
{
    private readonly ArrayBufferWriter<T> _values = new();
    private readonly ArrayBufferWriter<int> _definitions = new(), _repetitions = new();
    private long _bytes;

    public override long Bytes => _bytes;

    public override void Add(object? value, int repetition)
    {
        if (value is null)
        {
            Skip(field.MaxDefinitionLevel - 1, repetition);
            return;
        }

        T item = convert(value);
        _values.Write([item]);
        _bytes += item is ReadOnlyMemory<byte> blob ? blob.Length : sizeof(long);
        Skip(field.MaxDefinitionLevel, repetition);
    }

    public override void Skip(int definition, int repetition)
    {
        _definitions.Write([definition]);
        _repetitions.Write([repetition]);
        _bytes += 2 * sizeof(int);
    }

    public override async Task FlushAsync(ParquetRowGroupWriter group)
    {
        await group.WriteAllPartsAsync(
            field, _values.WrittenMemory, _definitions.WrittenMemory,
            field.MaxRepetitionLevel > 0 ? _repetitions.WrittenMemory : null,
            CancellationToken.None).ConfigureAwait(false);
        _values.Clear();
        _definitions.ResetWrittenCount();
        _repetitions.ResetWrittenCount();
        _bytes = 0;
    }
}
