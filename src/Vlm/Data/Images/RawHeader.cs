using System.Buffers.Binary;
using System.Buffers.Text;

namespace Vlm.Images;

/// <summary>The header of a format that stores pixels nearly as they are.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="End">Bytes from the file's start to the end of its pixels.</param>
internal sealed record RawHeader(int Width, int Height, long End)
{
    private const int TgaLength = 18;

    /// <summary>
    /// Of a PBM, PGM or PPM file in its binary form: P4, P5 or P6, width, height, but for P4 the largest value, one space;
    /// null for other files. ImageSharp scales no other largest values than 255 and 65,535, so those are no such file.
    /// </summary>
    public static RawHeader? Pnm(ReadOnlySpan<byte> file)
    {
        if (file is not [(byte)'P', >= (byte)'4' and <= (byte)'6', ..])
            return null;
        (int at, byte kind) = (2, file[1]);
        (int width, int height) = (Number(file, ref at), Number(file, ref at));
        int largest = kind == '4' ? 255 : Number(file, ref at);
        if (width < 1 || height < 1 || largest is not (255 or 65535))
            return null;
        long row = kind switch { (byte)'4' => (width + 7L) / 8, (byte)'5' => width, _ => 3L * width };
        return new RawHeader(width, height, at + 1 + (row * height * (largest == 255 ? 1 : 2)));
    }

    /// <summary>
    /// Of a TGA file (Truevision TGA 2.0): length of a comment, whether there is a palette, kind of pixels, palette (first,
    /// length, bits), origin, width, height, bits, flags. Null where a field has no value of the format: it has no signature.
    /// </summary>
    public static RawHeader? Tga(ReadOnlySpan<byte> file)
    {
        if (file.Length < TgaLength)
            return null;
        (int kind, int bits, bool palette) = (file[2], file[16], file[1] == 1);
        bool known = (kind & ~8, bits) switch
        {
            (1, 8) => palette && file[7] is 15 or 16 or 24 or 32,
            (2, 15 or 16 or 24 or 32) or (3, 8 or 16) => true,
            _ => false,
        };
        (int width, int height) = (Short(file, 12), Short(file, 14));
        if (!known || file[1] > 1 || (file[17] & 0xC0) != 0 || width == 0 || height == 0)
            return null;
        long start = TgaLength + file[0] + (Short(file, 5) * ((file[7] + 7) / 8));
        long pixels = (long)width * height;
        return new RawHeader(width, height, kind < 8
            ? start + (pixels * ((bits + 7) / 8))
            : EndOfPackets(file, start, pixels, (bits + 7) / 8));
    }

    // A packet's first byte: how many pixels less one, and at 128 whether one pixel stands for all.
    private static long EndOfPackets(ReadOnlySpan<byte> file, long at, long pixels, int bytes)
    {
        while (pixels > 0 && at < file.Length)
        {
            int count = (file[(int)at] & 0x7F) + 1;
            at += 1 + (bytes * (file[(int)at] < 128 ? count : 1));
            pixels -= count;
        }

        return pixels > 0 ? long.MaxValue : at;
    }

    // Space before it, or a comment from # to the line's end; 0 where there is none.
    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        int start = at;
        while (at < file.Length && (file[at] is (byte)' ' or (>= 9 and <= 13) or (byte)'#'))
            at += file[at] == '#' ? file[at..].IndexOf((byte)'\n') is >= 0 and var line ? line : file.Length - at : 1;
        if (at == start || !Utf8Parser.TryParse(file[at..], out int number, out int digits))
            return 0;
        at += digits;
        return number;
    }

    private static int Short(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);
}
