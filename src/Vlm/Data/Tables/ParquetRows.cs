using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace Vlm.Tables;

/// <summary>Rows into a Parquet stream, group by group.</summary>
internal static class ParquetRows
{
    // A group lies in memory three times while it is written, and once or twice while it is read.
    private const int RowsPerGroup = 2048, BytesPerGroup = 1 << 23;

    /// <summary>Writes all rows and the end of the file; a stream left by an exception holds no Parquet file.</summary>
    /// <exception cref="ArgumentException">A value does not fit its column.</exception>
    public static async Task WriteAsync(
        Stream stream, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        ParquetSchema written = Schema(columns, text: typeof(byte[]));
        ParquetWriter writer = await ParquetWriter.CreateAsync(
            Schema(columns, text: typeof(string)), stream, Options(written)).ConfigureAwait(false);
        ColumnWriter[] writers =
            [.. columns.Zip(written.Fields, (column, field) => ColumnWriter.Of(column.Type, field))];

        int count = 0;
        foreach (IReadOnlyList<object?> row in rows)
        {
            Add(row, writers);
            if (++count % RowsPerGroup == 0 || writers.Sum(column => column.Bytes) >= BytesPerGroup)
            {
                await WriteGroupAsync(writer, writers).ConfigureAwait(false);
                count = 0;
            }
        }

        if (count > 0)
            await WriteGroupAsync(writer, writers).ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    // Readers skip groups by the least and the greatest value that a file gives for them. By those that Parquet.Net
    // gives they lose rows: it orders texts by UTF-16, the format by UTF-8, and it looks past NaN. It gives none for
    // bytes and for split numbers, so texts are declared as texts and written as bytes, which a file holds alike, and
    // numbers are split, which packs them better, too.
    private static ParquetSchema Schema(IEnumerable<Column> columns, Type text) =>
        new(columns.Select(column => ColumnWriter.Field(column, text)));

    private static ParquetOptions Options(ParquetSchema schema)
    {
        var options = new ParquetOptions
        {
            CompressionMethod = CompressionMethod.Zstd,
            CompressionLevel = CompressionLevel.Optimal,
        };
        foreach (DataField field in schema.DataFields.Where(field => field.ClrType == typeof(double)))
            options.ColumnEncodingHints[field.Path.ToString()] = EncodingHint.ByteSplitStream;
        return options;
    }

    private static void Add(IReadOnlyList<object?> row, ColumnWriter[] writers)
    {
        if (row.Count != writers.Length)
            throw new ArgumentException($"{row.Count} values for {writers.Length} columns", nameof(row));
        for (int i = 0; i < writers.Length; i++)
            writers[i].Add(row[i], repetition: 0);
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, ColumnWriter[] writers)
    {
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        foreach (ColumnWriter column in writers)
            await column.FlushAsync(group).ConfigureAwait(false);
        group.CompleteValidate();
    }
}
