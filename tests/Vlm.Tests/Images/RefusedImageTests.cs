using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Files that are no pictures, or claim to be larger ones than are decoded.</summary>
public class RefusedImageTests
{
    [Theory]
    [InlineData("474946383961", "the image is no JPEG, PNG or WebP file; it begins with 474946383961")]
    [InlineData("00010203040506070809", "the image is no JPEG, PNG or WebP file; it begins with 0001020304050607")]
    [InlineData("", "the image is empty")]
    public void Another_format_is_refused_with_its_first_bytes(string hex, string message)
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(Convert.FromHexString(hex), "row 3"));

        Assert.Equal($"error: {message}\n   at: row 3\n  try: the image as a JPEG, PNG or WebP file", error.Render());
    }

    // "cat on a mat": 63 61 74 20 6F 6E 20 61
    [Fact]
    public void A_text_named_as_a_picture_is_no_picture()
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode("cat on a mat"u8, "cat.png"));

        Assert.Equal(
            """
            error: the image is no JPEG, PNG or WebP file; it begins with 636174206F6E2061
               at: cat.png
              try: the image as a JPEG, PNG or WebP file
            """, error.Render());
    }

    // 30,000 x 30,000 = 900,000,000 pixels, 2.7 GB, claimed by a hundred bytes.
    [Fact]
    public void A_png_of_a_hundred_bytes_that_claims_gigabytes_is_refused_before_any_is_allocated()
    {
        byte[] file = Png(30_000, 30_000);
        Array.Resize(ref file, 100);

        UsageException error = RefusedWithoutMemory(file);

        Assert.Equal(
            """
            error: the image has 30000 x 30000 pixels; at most 178956970 are decoded
               at: row 3
              try: the image at a smaller size
            """, error.Render());
    }

    // Pillow's limit: 2 x 89,478,485 = 178,956,970 = 10 x 17,895,697. One row more is too many.
    [Fact]
    public void The_limit_itself_is_allowed()
    {
        Assert.Equal((10, 17_895_697), ImageCodec.DecodeSize(Png(10, 17_895_697), "x"));
        Assert.Equal(
            "the image has 10 x 17895698 pixels; at most 178956970 are decoded",
            RefusedWithoutMemory(Png(10, 17_895_698)).Message);
    }

    // The frame header: FF C0, length (2), bits (1), height (2), width (2).
    [Fact]
    public void A_jpeg_that_claims_too_many_pixels_is_refused_before_it_is_decoded()
    {
        byte[] file = File.ReadAllBytes(Golden("jpeg_420.jpg"));
        int frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 30_000);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), 20_000);

        Assert.Equal(
            "the image has 20000 x 30000 pixels; at most 178956970 are decoded", RefusedWithoutMemory(file).Message);
    }

    // Lossy WebP: 14 bits for each side, from byte 26. 16,000 x 15,000 = 240,000,000.
    [Fact]
    public void A_webp_that_claims_too_many_pixels_is_refused_before_it_is_decoded()
    {
        byte[] file = File.ReadAllBytes(Golden("webp_lossy.webp"));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(26), 16_000);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(28), 15_000);

        Assert.Equal(
            "the image has 16000 x 15000 pixels; at most 178956970 are decoded", RefusedWithoutMemory(file).Message);
    }

    [Theory]
    [InlineData(0, 7, "a size of 0 x 7")]
    [InlineData(7, 0, "a size of 7 x 0")]
    [InlineData(0, 0, "a size of 0 x 0")]
    [InlineData(-1, 7, "the PNG header is damaged")]
    public void A_png_without_area_is_refused(int width, int height, string message)
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(Png(width, height), "row 3"));

        Assert.Equal(
            $"error: the image cannot be decoded: {message}\n   at: row 3\n"
            + "  try: the whole file again, or the record without it", error.Render());
    }

    [Fact]
    public void A_jpeg_or_webp_without_area_is_refused()
    {
        byte[] jpeg = File.ReadAllBytes(Golden("jpeg_420.jpg")), webp = File.ReadAllBytes(Golden("webp_lossy.webp"));
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]) + 7), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(webp.AsSpan(26), 0);

        foreach (byte[] file in (byte[][])[jpeg, webp])
            Assert.StartsWith(
                "the image cannot be decoded: ",
                Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x")).Message);
    }

    private static UsageException RefusedWithoutMemory(byte[] file)
    {
        Assert.Throws<UsageException>(() => ImageCodec.Decode([], "warm up"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "row 3"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        return error;
    }

    private static byte[] Png(int width, int height)
    {
        byte[] file = ImageCodec.EncodePng(new RgbImage(1, 1, [1, 2, 3]));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        return file;
    }

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
}
