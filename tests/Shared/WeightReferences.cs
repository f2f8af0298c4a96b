using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Vlm.Testing;

/// <summary>
/// A file without the weights it holds: in their place, which tensor of a safetensors file they are, and whether it is
/// transposed, as graphs of matrix products have it.
/// </summary>
internal static class WeightReferences
{
    // A reference takes about 50 bytes.
    private const int Least = 64;

    private sealed record Reference(int Offset, string Tensor, bool Transposed, byte[] Bytes);

    /// <summary>Takes the weights out.</summary>
    public static byte[] Take(byte[] file, byte[] weights)
    {
        List<Reference> found = Find(file, weights);
        var packed = new MemoryStream();
        using var writer = new BinaryWriter(packed);
        writer.Write(found.Count);
        int at = 0;
        foreach (Reference reference in found)
        {
            writer.Write(reference.Tensor);
            writer.Write(reference.Transposed);
            writer.Write(reference.Offset - at);
            writer.Write(file.AsSpan(at, reference.Offset - at));
            at = reference.Offset + reference.Bytes.Length;
        }

        writer.Write(file.AsSpan(at));
        return packed.ToArray();
    }

    /// <summary>Puts the weights back.</summary>
    public static byte[] Put(byte[] packed, byte[] weights)
    {
        var tensors = All(weights).ToDictionary(item => (item.Tensor, item.Transposed), item => item.Bytes);
        using var reader = new BinaryReader(new MemoryStream(packed));
        var file = new MemoryStream();
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            byte[] weight = tensors[(reader.ReadString(), reader.ReadBoolean())];
            file.Write(reader.ReadBytes(reader.ReadInt32()));
            file.Write(weight);
        }

        file.Write(reader.ReadBytes(packed.Length));
        return file.ToArray();
    }

    private static List<Reference> Find(byte[] file, byte[] weights)
    {
        var found = new List<Reference>();
        foreach (Reference tensor in All(weights).Where(tensor => tensor.Bytes.Length >= Least))
            if (file.AsSpan().IndexOf(tensor.Bytes) is >= 0 and var offset
                && !found.Any(other => offset < other.Offset + other.Bytes.Length
                    && other.Offset < offset + tensor.Bytes.Length))
                found.Add(tensor with { Offset = offset });
        return [.. found.OrderBy(reference => reference.Offset)];
    }

    // Every tensor, and every matrix of float32 transposed, too.
    private static IEnumerable<Reference> All(byte[] weights)
    {
        int start = sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        using var header = JsonDocument.Parse(weights.AsMemory(sizeof(long), start - sizeof(long)));
        foreach (JsonProperty entry in header.RootElement.EnumerateObject().Where(item => item.Name != "__metadata__"))
        {
            JsonElement range = entry.Value.GetProperty("data_offsets"), shape = entry.Value.GetProperty("shape");
            byte[] bytes = weights[(start + range[0].GetInt32())..(start + range[1].GetInt32())];
            yield return new Reference(0, entry.Name, Transposed: false, bytes);
            if (shape.GetArrayLength() != 2 || entry.Value.GetProperty("dtype").GetString() != "F32")
                continue;
            bytes = Transpose(bytes, shape[0].GetInt32(), shape[1].GetInt32());
            yield return new Reference(0, entry.Name, Transposed: true, bytes);
        }
    }

    // [rows, columns] -> [columns, rows]
    private static byte[] Transpose(byte[] matrix, int rows, int columns)
    {
        int[] from = MemoryMarshal.Cast<byte, int>(matrix).ToArray(), to = new int[from.Length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                to[(column * rows) + row] = from[(row * columns) + column];
        return MemoryMarshal.AsBytes<int>(to).ToArray();
    }
}
