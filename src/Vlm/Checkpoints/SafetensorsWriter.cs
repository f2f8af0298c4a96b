using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>Writes safetensors files: complete, or not at all.</summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 26;

    /// <summary>Writes tensors into a file, streaming, then puts the file in place in one step.</summary>
    /// <remarks>
    /// Widest types first, then by name, as the reference writer does, so that the same tensors give the same bytes.
    /// The metadata always says <c>format = pt</c>, without which older readers refuse the file.
    /// </remarks>
    /// <param name="path">Replaced where it exists. Its folder must exist.</param>
    /// <param name="tensors">Names and values; values may be on any device and of any layout.</param>
    /// <param name="metadata">More notes for the header.</param>
    /// <exception cref="ArgumentException">A name is empty, reserved or given twice.</exception>
    public static void Write(
        string path, IEnumerable<(string Name, torch.Tensor Value)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        Item[] items = Order(tensors);
        string partial = path + ".partial";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                WriteHeader(file, items, metadata);
                foreach (Item item in items)
                    WriteData(file, item.Value);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static Item[] Order(IEnumerable<(string Name, torch.Tensor Value)> tensors)
    {
        var seen = new HashSet<string>();
        Item[] items =
            [.. tensors.Select(tensor => new Item(tensor.Name, tensor.Value, SafetensorsType.Of(tensor.Value.dtype)))];
        foreach (Item item in items)
            if (item.Name.Length == 0 || item.Name == SafetensorsHeader.MetadataKey || !seen.Add(item.Name))
                throw new ArgumentException($"'{item.Name}' is empty, reserved or given twice", nameof(tensors));

        var rank = SafetensorsType.All.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return [.. items.OrderBy(item => rank[item.Type]).ThenBy(item => item.Name, StringComparer.Ordinal)];
    }

    private static void WriteHeader(FileStream file, Item[] items, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteJson(writer, items, metadata);
        while (json.Length % SafetensorsHeader.LengthBytes != 0)
            json.WriteByte((byte)' ');

        Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        json.WriteTo(file);
    }

    private static void WriteJson(Utf8JsonWriter json, Item[] items, IReadOnlyDictionary<string, string>? metadata)
    {
        json.WriteStartObject();
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        json.WriteString("format", "pt");
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
            if (key != "format")
                json.WriteString(key, value);
        json.WriteEndObject();

        long at = 0;
        foreach (Item item in items)
        {
            json.WriteStartObject(item.Name);
            json.WriteString("dtype", item.Type.Name);
            WriteNumbers(json, "shape", item.Value.shape);
            long end = at + item.Value.numel() * item.Type.Size;
            WriteNumbers(json, "data_offsets", [at, end]);
            json.WriteEndObject();
            at = end;
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteData(FileStream file, torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor flat = tensor.detach().cpu().contiguous().flatten();
        long step = ChunkBytes / SafetensorsType.Of(tensor.dtype).Size;
        for (long at = 0; at < flat.numel(); at += step)
            file.Write(flat.narrow(0, at, Math.Min(step, flat.numel() - at)).bytes);
    }

    private sealed record Item(string Name, torch.Tensor Value, SafetensorsType Type);
}
