using System.Runtime.InteropServices;

namespace Vlm.Images;

/// <summary>WebP, lossy and lossless, through libwebp. Alpha is dropped; animations are refused.</summary>
internal static unsafe partial class WebPDecoder
{
    private const string Library = "libwebp.so.7";

    /// <summary>Width and height from the header.</summary>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        int width, height;
        fixed (byte* data = file)
            if (WebPGetInfo(data, (nuint)file.Length, &width, &height) == 0)
                throw new UnreadableImageException("the WebP header is damaged");
        return (width, height);
    }

    /// <summary>The pixels: red, green, blue.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> file)
    {
        var (width, height) = Size(file);
        var pixels = new byte[(long)width * height * 3];
        fixed (byte* data = file)
        fixed (byte* target = pixels)
            if (WebPDecodeRGBInto(data, (nuint)file.Length, target, (nuint)pixels.Length, width * 3) == null)
                throw new UnreadableImageException("the WebP data is damaged, cut short, or an animation");
        return pixels;
    }

    [LibraryImport(Library)]
    private static partial int WebPGetInfo(byte* file, nuint length, int* width, int* height);

    [LibraryImport(Library)]
    private static partial byte* WebPDecodeRGBInto(byte* file, nuint length, byte* pixels, nuint size, int stride);
}
