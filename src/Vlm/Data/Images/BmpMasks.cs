using System.Buffers.Binary;
using System.Numerics;

namespace Vlm.Images;

/// <summary>Where a BMP file of 16 or 32 bits says which bits are red, green, blue and alpha.</summary>
internal static class BmpMasks
{
    private const int Header = 14, Compression = 30, Start = 54;
    private const uint Fields = 3, FieldsWithAlpha = 6, HeaderWithAlpha = 56;

    /// <summary>Refuses bits with gaps, as Pillow does: Skia reads on, and says so to standard error.</summary>
    /// <exception cref="UnreadableImageException">They have some.</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        uint kind = file.Length < Start + 16 ? 0 : Number(file, Compression);
        if (kind is not (Fields or FieldsWithAlpha))
            return;
        int masks = kind == FieldsWithAlpha || Number(file, Header) >= HeaderWithAlpha ? 4 : 3;
        for (int at = Start; at < Start + (masks * 4); at += 4)
        {
            uint mask = Number(file, at);
            uint bits = mask >> BitOperations.TrailingZeroCount(mask);
            if (mask != 0 && (bits & (bits + 1)) != 0)
                throw new UnreadableImageException("the bits of its colours do not lie side by side");
        }
    }

    private static uint Number(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);
}
