using System.Buffers.Binary;

namespace Vlm.Testing;

/// <summary>
/// A safetensors file whose header is followed by the first byte of each four, then the second of each, and so on: of a
/// float32 the last has its sign and exponent, which are few different values, so that they can be compressed.
/// </summary>
internal static class BytePlanes
{
    private const int Size = sizeof(float);

    /// <summary>From a safetensors file.</summary>
    public static byte[] Split(byte[] file) => Reorder(file, (from, to, plain, plane) => to[plane] = from[plain]);

    /// <summary>Back.</summary>
    public static byte[] Join(byte[] split) => Reorder(split, (from, to, plain, plane) => to[plain] = from[plane]);

    private static byte[] Reorder(byte[] from, Action<byte[], byte[], int, int> move)
    {
        int start = sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(from);
        byte[] to = [.. from];
        int plane = start;
        for (int first = start; first < start + Size; first++)
            for (int plain = first; plain < from.Length; plain += Size)
                move(from, to, plain, plane++);
        return to;
    }
}
