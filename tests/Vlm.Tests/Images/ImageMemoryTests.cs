using SkiaSharp;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>What decoding takes, and that threads do not meet in it.</summary>
public class ImageMemoryTests
{
    // RGB is 3 bytes a pixel and RGBA 4, so 7 / 3 of the image; a progressive JPEG's coefficients come to as much.
    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void A_photo_of_20_megapixels_takes_less_than_3_times_its_pixels(SKEncodedImageFormat format)
    {
        byte[] file = Photo(5472, 3648, format);
        ImageCodec.Decode(Photo(64, 64, format), "warm up");
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = PeakMemory.Reset();

        RgbImage image = ImageCodec.Decode(file, "photo");

        Assert.Equal((5472, 3648), (image.Width, image.Height));
        if (PeakMemory.Known)
            Assert.InRange((PeakMemory.Bytes - before) / (double)image.Pixels.Length, 0, 3);    // memory freed before is taken again
    }

    [Fact]
    public void Four_threads_decode_what_one_does()
    {
        string[] names = [.. ImageFixtures.Names];
        string[] expected = [.. names.Select(name => ImageFixtures.Hash(ImageFixtures.Decode(name)))];

        Parallel.For(0, 4 * names.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            // Each thread begins at another image, and meets the others at damaged ones.
            int at = (i * 31) % names.Length;
            Assert.Equal((names[at], expected[at]), (names[at], ImageFixtures.Hash(ImageFixtures.Decode(names[at]))));
            byte[] half = ImageFixtures.Bytes(names[at])[..20];
            Assert.Throws<UsageException>(() => ImageCodec.Decode(half, "half"));
        });
    }

    private static byte[] Photo(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint())
            for (int i = 0; i < 64; i++)
            {
                paint.Color = new SKColor((byte)(i * 37), (byte)(i * 91), (byte)(i * 151));
                canvas.DrawCircle((i * 97) % width, (i * 61) % height, Math.Max(width, height) / 6, paint);
            }
        using SKData data = bitmap.Encode(format, 85);
        return data.ToArray();
    }
}
