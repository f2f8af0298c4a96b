using System.Buffers.Binary;
using System.IO.Compression;

namespace Vlm.Images;

/// <summary>Writes 8-bit RGB as PNG (ISO/IEC 15948): the same pixels give the same bytes.</summary>
internal static class PngEncoder
{
    private static readonly uint[] s_crc = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>The file.</summary>
    public static byte[] Encode(RgbImage image)
    {
        using var file = new MemoryStream();
        file.Write(PngChunks.Signature);
        Chunk(file, "IHDR"u8, Header(image));
        Chunk(file, "IDAT"u8, Compress(image));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Header(RgbImage image)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];   // 8 bits, RGB, deflate, filters, not interlaced
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        return header;
    }

    // Filter 2, the difference to the row above: nothing but zeros where a drawing repeats its rows.
    private static byte[] Compress(RgbImage image)
    {
        int stride = image.Width * 3;
        var row = new byte[stride + 1];
        row[0] = 2;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<byte> here = image.Pixels.AsSpan(y * stride, stride);
                ReadOnlySpan<byte> above = y == 0 ? new byte[stride] : image.Pixels.AsSpan((y - 1) * stride, stride);
                for (int x = 0; x < stride; x++)
                    row[x + 1] = (byte)(here[x] - above[x]);
                zlib.Write(row);
            }

        return packed.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Update(Update(uint.MaxValue, name), data));
        file.Write(number);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
            crc = s_crc[(crc ^ value) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint CrcOf(int value)
    {
        uint crc = (uint)value;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        return crc;
    }
}
