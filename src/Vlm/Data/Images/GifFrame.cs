using System.Buffers.Binary;

namespace Vlm.Images;

/// <summary>
/// The place of a GIF's first frame on its screen. What it leaves free is transparent to Skia; Pillow sees the first colour
/// of its palette there, unless the frame has a transparent colour.
/// </summary>
/// <param name="Left">Of the frame, in pixels.</param>
/// <param name="Top">Of the frame, in pixels.</param>
/// <param name="Width">Of the frame, in pixels.</param>
/// <param name="Height">Of the frame, in pixels.</param>
/// <param name="Around">The first colour of its palette.</param>
internal sealed record GifFrame(int Left, int Top, int Width, int Height, (byte Red, byte Green, byte Blue) Around)
{
    private const byte Extension = 0x21, Separator = 0x2C, GraphicControl = 0xF9;

    /// <summary>The first frame (GIF89a, sections 18-23), or null where it has a transparent colour or no palette.</summary>
    public static GifFrame? First(ReadOnlySpan<byte> file)
    {
        if (file.Length < 13)
            return null;
        int screen = Palette(file[10]), at = 13 + screen;
        while (at + 11 <= file.Length)
        {
            if (file[at] == Separator)
                return Of(file[at..], screen > 0 ? file[13..] : default);
            if (file[at] == Extension && file[at + 1] == GraphicControl && (file[at + 3] & 1) != 0)
                return null;
            at = file[at] == Extension ? AfterBlocks(file, at + 2) : at + 1;
        }

        return null;
    }

    /// <summary>Gives what the frame leaves free of the image that colour.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool FillAround(Span<byte> rgba, int width, int height)
    {
        if (Left == 0 && Top == 0 && Width >= width && Height >= height)
            return false;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                if (y < Top || y >= Top + Height || x < Left || x >= Left + Width)
                {
                    Span<byte> pixel = rgba.Slice(((y * width) + x) * 4, 4);
                    (pixel[0], pixel[1], pixel[2], pixel[3]) = (Around.Red, Around.Green, Around.Blue, 255);
                }
        return true;
    }

    // Separator (1 byte), left, top, width, height (2 each), flags (1), perhaps a palette of its own.
    private static GifFrame? Of(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> palette)
    {
        if (Palette(frame[9]) > 0)
            palette = frame[10..];
        return palette.Length < 3 ? null : new GifFrame(
            Number(frame[1..]), Number(frame[3..]), Number(frame[5..]), Number(frame[7..]),
            (palette[0], palette[1], palette[2]));
    }

    // Each block has its length before it; one without any ends them.
    private static int AfterBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length && file[at] != 0)
            at += 1 + file[at];
        return at + 1;
    }

    private static int Palette(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static int Number(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt16LittleEndian(data);
}
