using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>Writes safetensors files: complete, or not at all.</summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 24;

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
        IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, tensors.Select(tensor => SavedTensor.Of(tensor.Name, tensor.Value)), metadata);

    /// <summary>The same for tensors that are made, or converted, when their turn comes.</summary>
    /// <param name="path">Replaced where it exists. Its folder must exist.</param>
    /// <param name="tensors">What to store; one at a time is asked for its values.</param>
    /// <param name="metadata">More notes for the header.</param>
    /// <exception cref="ArgumentException">A name is empty, reserved or given twice; or values have another shape than said.</exception>
    public static void Write(
        string path, IEnumerable<SavedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SavedTensor[] items = Order(tensors);
        CompleteFile.Write(path, file =>
        {
            WriteHeader(file, items, metadata);
            foreach (SavedTensor item in items)
                WriteData(file, item);
        });
    }

    private static SavedTensor[] Order(IEnumerable<SavedTensor> tensors)
    {
        var seen = new HashSet<string>();
        SavedTensor[] items = [.. tensors];
        foreach (SavedTensor item in items)
            if (item.Name.Length == 0 || item.Name == SafetensorsHeader.MetadataKey || !seen.Add(item.Name))
                throw new ArgumentException($"'{item.Name}' is empty, reserved or given twice", nameof(tensors));

        var rank = SafetensorsType.All.Index().Where(pair => pair.Item.Torch is not null)
            .ToDictionary(pair => pair.Item.Torch!.Value, pair => pair.Index);
        return [.. items.OrderBy(item => rank[item.Type]).ThenBy(item => item.Name, StringComparer.Ordinal)];
    }

    private static void WriteHeader(FileStream file, SavedTensor[] items, IReadOnlyDictionary<string, string>? metadata)
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

    private static void WriteJson(Utf8JsonWriter json, SavedTensor[] items, IReadOnlyDictionary<string, string>? metadata)
    {
        json.WriteStartObject();
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        json.WriteString("format", "pt");
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
            if (key != "format")
                json.WriteString(key, value);
        json.WriteEndObject();

        long at = 0;
        foreach (SavedTensor item in items)
        {
            json.WriteStartObject(item.Name);
            json.WriteString("dtype", SafetensorsType.Of(item.Type).Name);
            WriteNumbers(json, "shape", item.Shape);
            long end = at + item.Bytes;
            WriteNumbers(json, "data_offsets", [at, end]);
            json.WriteEndObject();
            at = end;
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteData(FileStream file, SavedTensor item)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor value = item.Value();
        if (!value.shape.AsSpan().SequenceEqual([.. item.Shape]))
            throw new ArgumentException($"'{item.Name}' has another shape than was said");

        torch.Tensor flat = value.detach().contiguous().view(-1);
        long step = ChunkBytes / SafetensorsType.Of(item.Type).Size;
        for (long at = 0; at < flat.numel(); at += step)
        {
            using DisposeScope piece = torch.NewDisposeScope();
            file.Write(flat.narrow(0, at, Math.Min(step, flat.numel() - at)).to(item.Type).cpu().bytes);
        }
    }
}
