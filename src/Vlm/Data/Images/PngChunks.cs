using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>The chunks of a PNG file: length (4 bytes), name (4), data, check sum (4).</summary>
internal static class PngChunks
{
    /// <summary>The signature that comes before them.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The data of the first chunk of a name; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, ReadOnlySpan<byte> name)
    {
        for (ReadOnlySpan<byte> rest = file[Signature.Length..]; rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
                break;
            if (rest[4..8].SequenceEqual(name))
                return rest.Slice(8, (int)length);
            rest = rest[(int)(length + 12)..];
        }

        return [];
    }
}
