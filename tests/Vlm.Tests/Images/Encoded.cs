using System.Buffers.Binary;
using System.IO.Compression;

namespace Vlm.Tests.Images;

/// <summary>Files made by hand, right in all but what a test asks to be wrong.</summary>
internal static class Encoded
{
    /// <summary>A PNG of one filter (none).</summary>
    /// <param name="width">Claimed pixels of a row.</param>
    /// <param name="height">Claimed rows.</param>
    /// <param name="depth">Bits of a channel.</param>
    /// <param name="colour">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.</param>
    /// <param name="pixels">Rows without their filter bytes; fewer than claimed where the rest is zeros.</param>
    public static byte[] Png(int width, int height, int depth, int colour, byte[] pixels)
    {
        int stride = ((width * depth * (colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 })) + 7) / 8;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < height; y++)
            {
                var row = new byte[stride + 1];
                if (pixels.Length > 0)
                    pixels.AsSpan(y * stride, stride).CopyTo(row.AsSpan(1));
                zlib.Write(row);
            }
        byte[] header = [.. Big(width), .. Big(height), (byte)depth, (byte)colour, 0, 0, 0];
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A chunk with its check sum (the polynomial of ISO 3309, bits reversed).</summary>
    public static byte[] Chunk(string name, byte[] data)
    {
        byte[] summed = [.. System.Text.Encoding.ASCII.GetBytes(name), .. data];
        return [.. Big(data.Length), .. summed, .. Big((int)Crc(summed))];
    }

    /// <summary>A BMP of the second version, without palette unless colours are given.</summary>
    public static byte[] Bmp(int width, int height, int depth, byte[] data, int compression = 0, byte[]? colours = null)
    {
        int start = 54 + (colours?.Length ?? 0);
        return [
            .. "BM"u8, .. Little(start + data.Length), .. Little(0), .. Little(start), .. Little(40), .. Little(width),
            .. Little(height), 1, 0, (byte)depth, 0, .. Little(compression), .. Little(data.Length), .. new byte[16],
            .. colours ?? [], .. data];
    }

    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    public static byte[] Little(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    public static byte[] Big(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
