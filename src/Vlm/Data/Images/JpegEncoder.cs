using SkiaSharp;

namespace Vlm.Images;

/// <summary>Writes 8-bit RGB as JPEG through Skia.</summary>
internal static class JpegEncoder
{
    /// <summary>The file.</summary>
    public static unsafe byte[] Encode(RgbImage image, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque, null);
        byte[] four = FourBytes(image.Pixels);
        fixed (byte* pixels = four)
        {
            using var map = new SKPixmap(info, (nint)pixels);
            using SKData file = map.Encode(SKEncodedImageFormat.Jpeg, quality)
                ?? throw new InvalidOperationException($"Skia did not encode an image of {image.Width} x {image.Height} as JPEG");
            return file.ToArray();
        }
    }

    private static byte[] FourBytes(byte[] rgb)
    {
        var four = new byte[rgb.Length / 3 * 4];
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
            (four[to], four[to + 1], four[to + 2], four[to + 3]) = (rgb[from], rgb[from + 1], rgb[from + 2], 255);
        return four;
    }
}
