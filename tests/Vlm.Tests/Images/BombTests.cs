using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Small files of large images: refused by their size, before memory is given to them.</summary>
public class BombTests
{
    private const int Side = 13_000;

    // 13,000 x 13,000 = 169,000,000 pixels: below Pillow's error at 178,956,970, above its warning at 89,478,485.
    [Theory]
    [InlineData("png")]
    [InlineData("gif")]
    [InlineData("webp")]
    [InlineData("bmp")]
    [InlineData("tiff")]
    [InlineData("jpeg")]
    [InlineData("tga")]
    [InlineData("pnm")]
    public void An_image_of_169_megapixels_is_refused_without_memory(string kind)
    {
        byte[] file = Bomb(kind, Side);
        Assert.InRange(file.Length, 10, 25_000);
        Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "warm up"));
        (long managed, long before) = (GC.GetAllocatedBytesForCurrentThread(), PeakMemory.Reset());

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "row 3"));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, 1 << 20);
        if (PeakMemory.Known)
            Assert.InRange(PeakMemory.Bytes - before, long.MinValue, 8 << 20);
        Assert.Equal(
            """
            error: the image has 13000 x 13000 pixels; at most 89478485 are decoded
               at: row 3
              try: the image at a smaller size
            """, error.Render());
        Assert.Throws<UsageException>(() => ImageCodec.DecodeSize(file, "row 3"));
    }

    // The same files at another size are images, or would be if they were whole: it is the size that is refused.
    [Theory]
    [InlineData("png", true)]
    [InlineData("gif", true)]
    [InlineData("bmp", true)]
    [InlineData("webp", false)]
    [InlineData("tiff", false)]
    [InlineData("jpeg", false)]
    [InlineData("tga", false)]
    [InlineData("pnm", false)]
    public void At_a_small_size_they_are_taken(string kind, bool whole)
    {
        byte[] file = Bomb(kind, 200);

        Assert.Equal((200, 200), ImageCodec.DecodeSize(file, "x"));
        if (whole)
            Assert.Equal(120_000, ImageCodec.Decode(file, "x").Pixels.Length);
    }

    [Fact]
    public void The_limit_can_be_moved()
    {
        byte[] file = Bomb("png", 100);

        Assert.Equal(30_000, ImageCodec.Decode(file, "x", new() { MaxPixels = 10_000 }).Pixels.Length);
        Assert.Equal(
            "the image has 100 x 100 pixels; at most 9999 are decoded",
            Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x", new() { MaxPixels = 9_999 })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodeOptions { MaxPixels = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodeOptions { MaxPixels = 1L << 29 });
    }

    // A directory of 12 bytes an entry that claims four billion values, or an image in a billion strips of one row: LibTiff.NET
    // gave them 8 GB. Entries: tag (2), type (2), count (4), value (4).
    [Theory]
    [InlineData("0001 0400 01000000 08000000, 0101 0400 01000000 08000000, 0201 0300 FFFFFFFF 08000000", "the file is cut short")]
    [InlineData("0001 0400 01000000 01000000, 0101 0400 01000000 40420F00, 1601 0300 01000000 01000000, 1101 0400 01000000 08000000",
        "it does not say where its pixels are")]
    [InlineData("0001 0400 01000000 E8030000, 0101 0400 01000000 E8030000, 4201 0300 01000000 01000000, 4301 0300 01000000 01000000, "
        + "4401 0400 01000000 08000000", "it does not say where its pixels are")]
    public void A_tiff_that_claims_counts_is_refused_without_memory(string entries, string message)
    {
        string[] each = entries.Split(", ");
        byte[] file = [
            .. "II*\0"u8, 8, 0, 0, 0, (byte)each.Length, 0,
            .. each.SelectMany(entry => Convert.FromHexString(entry.Replace(" ", "", StringComparison.Ordinal))),
            0, 0, 0, 0, .. new byte[64]];
        long managed = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x"));

        Assert.Equal($"the TIFF image cannot be decoded: {message}", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, 1 << 20);
    }

    // A BigTIFF's counts have 8 bytes: 20 bytes an entry times 2^62 of them is 0 in 64 bits.
    [Theory]
    [InlineData("4000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFF")]
    public void A_big_tiff_that_claims_entries_is_refused(string count)
    {
        byte[] entries = [.. Convert.FromHexString(count).Reverse()];
        byte[] file = [.. "II+\0"u8, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, .. entries, .. new byte[64]];

        Assert.Equal(
            "the TIFF image cannot be decoded: the file is cut short",
            Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x")).Message);
    }

    private static byte[] Bomb(string kind, int side) => kind switch
    {
        "png" => Encoded.Png(side, side, 1, 0, []),
        "gif" => Gif(side),
        "bmp" => Encoded.Bmp(side, side, 8, [0, 1], compression: 1, colours: new byte[1024]),
        "webp" => WebP(side),
        "jpeg" => Jpeg(side),
        "tiff" => Tiff(side),
        "tga" => [0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Two(side), .. Two(side), 24, 0, 255, 1, 2, 3],
        _ => System.Text.Encoding.ASCII.GetBytes($"P5 {side} {side} 255\n0"),
    };

    // A frame of one pixel on a large screen: colour 0 in two bits, between the codes for clear (4) and end (5), 3 bits each.
    private static byte[] Gif(int side) => [
        .. "GIF89a"u8, .. Two(side), .. Two(side), 0x80, 0, 0, 1, 2, 3, 4, 5, 6,
        0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0b01_000_100, 0b1, 0, 0x3B];

    // Lossless: signature 0x2F, then width - 1 and height - 1 in 14 bits each.
    private static byte[] WebP(int side) => [
        .. "RIFF"u8, .. Encoded.Little(22), .. "WEBPVP8L"u8, .. Encoded.Little(10),
        0x2F, .. Encoded.Little((side - 1) | ((side - 1) << 14)), 0, 0, 0, 0, 0];

    private static byte[] Jpeg(int side)
    {
        byte[] file = ImageFixtures.Bytes("jpeg-2x2.jpg");
        int frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        byte[] size = [(byte)(side >> 8), (byte)side];
        return [.. file[..(frame + 5)], .. size, .. size, .. file[(frame + 9)..]];
    }

    private static byte[] Tiff(int side)
    {
        byte[] file = ImageFixtures.Bytes("tiff-line-group4.tif");
        foreach (byte tag in (byte[])[0, 1, 22])   // width 256, height 257, rows of a strip 278
        {
            int entry = file.AsSpan().IndexOf([tag, (byte)1, (byte)3, (byte)0, (byte)1, (byte)0, (byte)0, (byte)0]);
            Two(side).CopyTo(file, entry + 8);
        }
        return file;
    }

    private static byte[] Two(int number) => [(byte)number, (byte)(number >> 8)];
}
