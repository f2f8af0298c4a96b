using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>The eight ways an image can lie in its file.</summary>
public class OrientationTests
{
    // A PNG of 3 x 2 pixels, red channel 1 2 3 / 4 5 6, with the chunk eXIf. What is seen, by the Exif standard: 2 mirrors
    // left and right, 3 turns by 180 degrees, 4 mirrors top and bottom, 5 mirrors at the diagonal, 6 turns by 90 degrees
    // to the right, 7 mirrors at the other diagonal, 8 turns by 90 degrees to the left.
    [Theory]
    [InlineData(1, 3, new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(2, 3, new[] { 3, 2, 1, 6, 5, 4 })]
    [InlineData(3, 3, new[] { 6, 5, 4, 3, 2, 1 })]
    [InlineData(4, 3, new[] { 4, 5, 6, 1, 2, 3 })]
    [InlineData(5, 2, new[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData(6, 2, new[] { 4, 1, 5, 2, 6, 3 })]
    [InlineData(7, 2, new[] { 6, 3, 5, 2, 4, 1 })]
    [InlineData(8, 2, new[] { 3, 6, 2, 5, 1, 4 })]
    [InlineData(0, 3, new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(9, 3, new[] { 1, 2, 3, 4, 5, 6 })]
    public void Each_is_turned_upright(int orientation, int width, int[] reds)
    {
        byte[] file = WithExif(Exif(orientation));

        RgbImage image = ImageCodec.Decode(file, "x");

        Assert.Equal((width, 6 / width), (image.Width, image.Height));
        Assert.Equal((width, 6 / width), ImageCodec.DecodeSize(file, "x"));
        Assert.Equal(reds, image.Pixels.Where((_, i) => i % 3 == 0).Select(red => (int)red));
    }

    // In files with more rows than are turned at once, and rows longer than what a vector holds.
    [Theory]
    [InlineData(37, 50)]
    [InlineData(50, 37)]
    public void All_pixels_are_there_however_it_lies(int width, int height)
    {
        byte[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(i => (byte[])[(byte)i, (byte)(i >> 8), 7])];
        byte[] plain = Encoded.Png(width, height, 8, 2, pixels);
        int[] all = [.. Enumerable.Range(0, width * height)];
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            RgbImage image = ImageCodec.Decode(WithExif(Exif(orientation), plain), "x");

            int[] seen = [.. all.Select(i => image.Pixels[i * 3] + (image.Pixels[(i * 3) + 1] << 8))];
            Assert.Equal(all, seen.Order());
            Assert.Equal(orientation == 1, all.SequenceEqual(seen));
        }
    }

    // Tags, types, counts and places that are no orientation, or lie outside the data.
    [Theory]
    [InlineData("")]
    [InlineData("49492A00")]
    [InlineData("49492A00FFFFFFFF0100")]
    [InlineData("49492A000B0000000100")]
    [InlineData("49492A000800000001001201")]
    [InlineData("49492A0008000000FFFF")]
    [InlineData("58582A00080000000100120103000100000006000000")]
    [InlineData("49492A00080000000100120104000100000006000000")]
    [InlineData("49492A00080000000000120103000100000006000000")]
    public void Damaged_data_turns_nothing(string hex) =>
        Assert.Equal((3, 2), ImageCodec.DecodeSize(WithExif(Convert.FromHexString(hex)), "x"));

    [Fact]
    public void The_same_data_undamaged_turns() => Assert.Equal(
        (2, 3), ImageCodec.DecodeSize(
            WithExif(Convert.FromHexString("49492A00080000000100120103000100000006000000")), "x"));

    // Little-endian: place of the directory 8, one entry: tag 0x0112, type 3, count 1, value, no further directory.
    private static byte[] Exif(int orientation) =>
        [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] WithExif(byte[] exif) => WithExif(exif, Encoded.Png(
        3, 2, 8, 2, [.. Enumerable.Range(1, 6).SelectMany(red => (byte[])[(byte)red, 0, 0])]));

    // Behind the header: 8 bytes of signature and 25 of IHDR.
    private static byte[] WithExif(byte[] exif, byte[] png) =>
        [.. png[..33], .. Encoded.Chunk("eXIf", exif), .. png[33..]];
}
