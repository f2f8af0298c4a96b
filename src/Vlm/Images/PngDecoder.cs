using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Vlm.Images;

/// <summary>
/// PNG through libpng's simplified C API. Values are taken as they stand in the file: colour profiles are ignored,
/// alpha is dropped, grey and palettes become RGB, 16 bits are rounded to 8 (Pillow drops the lower 8 instead). A wrong
/// check sum is refused; Pillow reads on where it is that of pixels.
/// </summary>
internal static unsafe partial class PngDecoder
{
    private const string Library = "libpng16.so.16";
    private const uint StructVersion = 1;
    private const uint FormatRgba = 3;
    private const uint SixteenBitsAreNotLinear = 4;

    // png_image of png.h, libpng 1.6.
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        public nint Opaque;
        public uint Version, Width, Height, Format, Flags, ColormapEntries, WarningOrError;
        public fixed byte Message[64];
    }

    /// <summary>The pixels: red, green, blue.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> file)
    {
        byte[] plain = WithoutColourChunks(file);
        var image = new Image { Version = StructVersion };
        fixed (byte* data = plain)
            try
            {
                if (png_image_begin_read_from_memory(&image, data, (nuint)plain.Length) == 0)
                    throw Unreadable(image);
                return Read(&image);
            }
            finally
            {
                png_image_free(&image);
            }
    }

    // Alpha is asked for and then dropped: asked for RGB, libpng would blend with a background.
    private static byte[] Read(Image* image)
    {
        image->Format = FormatRgba;
        image->Flags |= SixteenBitsAreNotLinear;
        long count = (long)image->Width * image->Height;
        var pixels = (byte*)NativeMemory.Alloc((nuint)count, 4);
        try
        {
            return png_image_finish_read(image, null, pixels, 0, null) != 0
                ? DropAlpha(pixels, count)
                : throw Unreadable(*image);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    private static byte[] DropAlpha(byte* rgba, long count)
    {
        var pixels = new byte[count * 3];
        fixed (byte* start = pixels)
            for (byte* to = start, end = start + pixels.Length; to < end; to += 3, rgba += 4)
                (to[0], to[1], to[2]) = (rgba[0], rgba[1], rgba[2]);
        return pixels;
    }

    private static UnreadableImageException Unreadable(Image image) =>
        new(Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(image.Message)));

    // With these chunks libpng would convert the values to sRGB.
    private static byte[] WithoutColourChunks(ReadOnlySpan<byte> file)
    {
        using var kept = new MemoryStream(file.Length);
        kept.Write(file[..8]);
        for (int at = 8; at < file.Length;)
        {
            ReadOnlySpan<byte> rest = file[at..];
            long length = rest.Length < 8 ? rest.Length : 12L + BinaryPrimitives.ReadUInt32BigEndian(rest);
            int taken = (int)Math.Min(length, rest.Length);
            if (taken < 8 || !IsColourChunk(rest[4..8]))
                kept.Write(rest[..taken]);
            at += taken;
        }

        return kept.ToArray();
    }

    private static bool IsColourChunk(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("gAMA"u8) || name.SequenceEqual("cHRM"u8) || name.SequenceEqual("sRGB"u8)
        || name.SequenceEqual("iCCP"u8) || name.SequenceEqual("cICP"u8) || name.SequenceEqual("mDCV"u8);

    [LibraryImport(Library)]
    private static partial int png_image_begin_read_from_memory(Image* image, byte* file, nuint length);

    [LibraryImport(Library)]
    private static partial int png_image_finish_read(
        Image* image, void* background, byte* pixels, int stride, void* colormap);

    [LibraryImport(Library)]
    private static partial void png_image_free(Image* image);
}
