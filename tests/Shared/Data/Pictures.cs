using Vlm.Images;

namespace Vlm.Testing;

/// <summary>Small images for tests of files.</summary>
internal static class Pictures
{
    /// <summary>A grey image as a PNG file; each shade gives other bytes.</summary>
    public static byte[] Png(int width, int height, byte shade = 128)
    {
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, shade);
        return ImageCodec.EncodePng(new RgbImage(width, height, pixels));
    }
}
