using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Vlm.Checkpoints;

/// <summary>The header of a safetensors file, checked before anything it says is believed.</summary>
/// <remarks>
/// Layout: 8 bytes little-endian length N, N bytes of JSON, then the data. The checks are those of the format's text:
/// the header lies in the file, every type is known, shape times element size is the length, and the tensors cover the
/// data without hole or overlap. https://github.com/huggingface/safetensors#format.
/// </remarks>
internal sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    internal const string MetadataKey = "__metadata__";
    internal const int LengthBytes = 8;

    // The reference implementation's bound: no model comes near, and nothing larger is worth parsing.
    internal const long MaxBytes = 100_000_000;

    /// <summary>Reads and checks the header of a file.</summary>
    /// <exception cref="UsageException">The file is no safetensors file, or is damaged.</exception>
    internal static SafetensorsHeader Read(SafeFileHandle file, string path)
    {
        var check = new Checker(path, RandomAccess.GetLength(file));
        using JsonDocument json = check.Json(ReadJson(file, check));
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw check.Broken("its header is not a JSON object");

        try
        {
            return Read(json.RootElement, check);
        }
        catch (InvalidOperationException)       // what JSON's reader throws at bytes or escapes that are no text
        {
            throw check.Broken("its header holds text that is not Unicode");
        }
    }

    private static SafetensorsHeader Read(JsonElement json, Checker check)
    {
        var entries = new Dictionary<string, SafetensorsEntry>();
        IReadOnlyDictionary<string, string>? metadata = null;
        foreach (JsonProperty property in json.EnumerateObject())
            if (property.Name == MetadataKey)
                metadata = metadata is null
                    ? check.Metadata(property.Value) : throw check.Broken("its metadata is given twice");
            else if (!entries.TryAdd(property.Name, check.Entry(property)))
                throw check.Broken($"tensor '{property.Name}' is in its header twice");

        check.Covered(entries);
        return new(entries, metadata ?? new Dictionary<string, string>());
    }

    private static byte[] ReadJson(SafeFileHandle file, Checker check)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(NotTheFile.Head, check.FileLength)];
        TensorReader.ReadExactly(file, check.Path, head, 0);
        if (NotTheFile.Of(head, check.Path) is { } other)
            throw other;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (check.FileLength < LengthBytes)
            throw check.Broken($"it has {check.FileLength} bytes, fewer than the 8 of the header's length");

        TensorReader.ReadExactly(file, check.Path, prefix, 0);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(check.FileLength - LengthBytes) || length > MaxBytes)
            throw check.Broken($"its header claims {length} bytes in a file of {check.FileLength}");

        var bytes = new byte[length];
        TensorReader.ReadExactly(file, check.Path, bytes, LengthBytes);
        check.DataStart = LengthBytes + (long)length;
        return bytes;
    }

    private sealed class Checker(string path, long fileLength)
    {
        public string Path { get; } = path;

        public long FileLength { get; } = fileLength;

        public long DataStart { get; set; }

        public UsageException Broken(string problem) => new(
            $"{System.IO.Path.GetFileName(Path)} is not a whole safetensors file: {problem}", Path,
            "download the file again, or compare its size and hash with the original");

        public JsonDocument Json(byte[] bytes)
        {
            try
            {
                return JsonDocument.Parse(bytes);
            }
            catch (JsonException error)
            {
                throw Broken($"its header is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine})");
            }
        }

        public Dictionary<string, string> Metadata(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Object
                || value.EnumerateObject().Any(pair => pair.Value.ValueKind != JsonValueKind.String))
                throw Broken("its metadata is not a map of strings");

            var metadata = new Dictionary<string, string>();
            foreach (JsonProperty pair in value.EnumerateObject())
                metadata[pair.Name] = pair.Value.GetString()!;
            return metadata;
        }

        public SafetensorsEntry Entry(JsonProperty tensor)
        {
            SafetensorsType type = TypeOf(tensor);
            long[] shape = Whole(tensor, "shape");
            long[] offsets = Whole(tensor, "data_offsets");
            long data = FileLength - DataStart;
            if (offsets is not [var begin, var end] || begin > end || end > data)
                throw Broken($"tensor '{tensor.Name}' lies at [{string.Join(", ", offsets)}] of {data} bytes of data");

            Int128 expected = Bytes(shape, type.Size);
            if (expected != end - begin)
                throw Broken($"tensor '{tensor.Name}' of {type.Name} [{string.Join(", ", shape)}] needs "
                             + $"{expected} bytes and has {end - begin}");

            // An empty tensor too has strides, the products of its other sizes.
            if (Bytes([.. shape.Select(size => Math.Max(size, 1))], type.Size) == long.MaxValue)
                throw Broken($"tensor '{tensor.Name}' has the shape [{string.Join(", ", shape)}], more than can be addressed");

            return new(type, shape, DataStart + begin, end - begin);
        }

        /// <summary>
        /// Neither holes nor overlaps: sorted by place, each tensor begins where the one before ends.
        /// </summary>
        public void Covered(Dictionary<string, SafetensorsEntry> entries)
        {
            long at = DataStart;
            foreach ((string name, SafetensorsEntry entry) in
                entries.OrderBy(e => e.Value.Offset).ThenBy(e => e.Value.Length))
            {
                if (entry.Offset != at)
                    throw Broken($"tensor '{name}' begins at byte {entry.Offset}, "
                                 + (entry.Offset < at
                                     ? "inside the tensor before it" : $"leaving a hole after byte {at}"));
                at += entry.Length;
            }

            if (at != FileLength)
                throw Broken($"{FileLength - at} bytes at its end belong to no tensor");
        }

        private SafetensorsType TypeOf(JsonProperty tensor)
        {
            if (tensor.Value.ValueKind != JsonValueKind.Object
                || !tensor.Value.TryGetProperty("dtype", out JsonElement named)
                || named.ValueKind != JsonValueKind.String)
                throw Broken($"tensor '{tensor.Name}' has no dtype");

            return SafetensorsType.Find(named.GetString()!)
                ?? throw Broken($"tensor '{tensor.Name}' has the unknown dtype '{named.GetString()}'");
        }

        private long[] Whole(JsonProperty tensor, string key)
        {
            if (!tensor.Value.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
                throw Broken($"tensor '{tensor.Name}' has no {key}");

            var numbers = new List<long>();
            foreach (JsonElement item in list.EnumerateArray())
                if (item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number) && number >= 0)
                    numbers.Add(number);
                else
                    throw Broken($"tensor '{tensor.Name}' has {item.GetRawText()} in its {key}");
            return [.. numbers];
        }

        // Saturates instead of overflowing: a hostile shape must not wrap around to the right length.
        private static Int128 Bytes(long[] shape, int size)
        {
            Int128 bytes = size;
            foreach (long dimension in shape)
                bytes = Int128.Min(bytes * dimension, long.MaxValue);
            return shape.Contains(0) ? 0 : bytes;
        }
    }
}
