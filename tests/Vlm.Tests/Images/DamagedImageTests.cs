using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Files that were images once.</summary>
public class DamagedImageTests
{
    // Spots of damage are shown as they are, as Pillow shows them; missing data is refused.
    [Fact]
    public void A_damaged_jpeg_is_refused_where_Pillow_refuses_it_and_else_has_its_pixels()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Golden("damaged.json")));
        int shown = 0, refused = 0;
        foreach (JsonElement entry in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            byte[] file = Damaged(entry);
            if (entry.GetProperty("result").GetString() is { } expected)
            {
                RgbImage image = ImageCodec.Decode(file, "x");
                Assert.Equal(
                    (entry.ToString(), expected),
                    (entry.ToString(),
                        $"{image.Width}x{image.Height} {Convert.ToHexStringLower(SHA256.HashData(image.Pixels))}"));
                shown++;
            }
            else
            {
                Assert.Throws<UsageException>(() => ImageCodec.Decode(file, "x"));
                refused++;
            }
        }

        Assert.Equal((116, 84), (shown, refused));
    }

    [Theory]
    [InlineData("jpeg-2x2.jpg", "the JPEG image cannot be decoded: the file is cut short")]
    [InlineData("jpeg-progressive.jpg", "the JPEG image cannot be decoded: the file is cut short")]
    [InlineData("png-2-8.png", "the PNG image cannot be decoded: the file is cut short or damaged")]
    [InlineData("webp-80.webp", "the WebP image cannot be decoded: the file is cut short")]
    [InlineData("gif-8.gif", "the GIF image cannot be decoded: the file is cut short or damaged")]
    [InlineData("bmp-24.bmp", "the BMP image cannot be decoded: the file is cut short or damaged")]
    [InlineData("tiff-rgb-raw.tif", "the TIFF image cannot be decoded: the file is cut short")]
    [InlineData("tga-rgb-rle.tga", "the TGA image cannot be decoded: the file is cut short")]
    [InlineData("pnm.ppm", "the PNM image cannot be decoded: the file is cut short")]
    public void A_file_cut_short_is_refused(string name, string message)
    {
        byte[] file = ImageFixtures.Bytes(name);

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(file.AsSpan(..(file.Length * 9 / 10)), name));

        Assert.Equal(
            $"error: {message}\n   at: {name}\n  try: the whole file again, or the record without it", error.Render());
    }

    // What ends behind the pixels may lack: check sums, an index, further images.
    [Fact]
    public void However_a_file_is_cut_it_is_refused_or_whole()
    {
        int refused = 0, whole = 0;
        foreach (string name in ImageFixtures.Names)
        {
            byte[] file = ImageFixtures.Bytes(name), pixels = ImageCodec.Decode(file, name).Pixels;
            for (int end = file.Length - 1; end >= 0; end -= 1 + (file.Length / 97))
                if (Pixels(file.AsSpan(..end)) is { } seen)
                {
                    Assert.True(pixels.AsSpan().SequenceEqual(seen), $"{name} up to byte {end} is another image");
                    whole++;
                }
                else
                {
                    refused++;
                }
        }

        Assert.InRange(whole, 100, refused / 10);
    }

    private static byte[]? Pixels(ReadOnlySpan<byte> file)
    {
        try
        {
            return ImageCodec.Decode(file, "cut").Pixels;
        }
        catch (UsageException)
        {
            return null;
        }
    }

    // libjpeg's first warning is about the stray bytes between the first two segments, and hides the later ones.
    [Theory]
    [InlineData("jpeg_420.jpg")]
    [InlineData("jpeg_422.jpg")]
    [InlineData("jpeg_444_progressive.jpg")]
    public void Stray_bytes_are_skipped_and_do_not_hide_that_a_file_is_cut_short(string name)
    {
        byte[] file = File.ReadAllBytes(Golden(name));
        byte[] stray = [.. file[..20], 0x00, 0x11, .. file[20..]];

        Assert.Equal(ImageCodec.Decode(file, "x").Pixels, ImageCodec.Decode(stray, "x").Pixels);
        Assert.Throws<UsageException>(() => ImageCodec.Decode(stray.AsSpan(..^2), "x"));
        Assert.Throws<UsageException>(() => ImageCodec.Decode(stray.AsSpan(..(stray.Length / 2)), "x"));
    }

    // A thumbnail has an end of image of its own, in a segment (FF E1, length) before the image's.
    [Fact]
    public void The_end_of_a_thumbnail_is_not_the_end_of_the_image()
    {
        byte[] file = File.ReadAllBytes(Golden("jpeg_420.jpg"));
        byte[] thumbnail = [0xFF, 0xE1, 0x00, 0x08, 0xFF, 0xD8, 0xFF, 0xDA, 0xFF, 0xD9];
        byte[] both = [.. file[..20], .. thumbnail, .. file[20..]];

        Assert.Equal(ImageCodec.Decode(file, "x").Pixels, ImageCodec.Decode(both, "x").Pixels);
        Assert.Throws<UsageException>(() => ImageCodec.Decode(both.AsSpan(..^9), "x"));
    }

    // Each scan goes over the whole image again: some megabytes of them would take hours. The first scan lies between
    // the first two tables of codes (FF C4) behind the frame header; here it comes 501 times.
    [Fact]
    public void A_jpeg_with_hundreds_of_scans_is_refused()
    {
        byte[] file = File.ReadAllBytes(Golden("jpeg_444_progressive.jpg"));
        int scan = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        int end = scan + file.AsSpan(scan).IndexOf([(byte)0xFF, (byte)0xC4]);
        IEnumerable<byte> scans = Enumerable.Repeat(file[scan..end], 501).SelectMany(bytes => bytes);
        byte[] many = [.. file[..scan], .. scans, .. file[end..]];

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(many, "x"));

        Assert.Equal("the JPEG image cannot be decoded: it has more than 500 scans", error.Message);
    }

    private static byte[] Damaged(JsonElement entry)
    {
        byte[] file = File.ReadAllBytes(Golden(entry.GetProperty("file").GetString()!));
        int at = entry.GetProperty("at").GetInt32(), end = at + entry.GetProperty("remove").GetInt32();
        byte[] insert = Convert.FromHexString(entry.GetProperty("insert").GetString()!);
        return [.. file[..at], .. insert, .. file[Math.Min(end, file.Length)..]];
    }

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
}
