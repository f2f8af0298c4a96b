using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Files that were pictures once.</summary>
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
    [InlineData("jpeg_420.jpg", 0.9, "Premature end of JPEG file")]
    [InlineData("jpeg_444_progressive.jpg", 0.5, "Premature end of JPEG file")]
    [InlineData("png_rgb.png", 0.9, "read beyond end of data")]
    [InlineData("webp_lossy.webp", 0.9, "the WebP data is damaged, cut short, or an animation")]
    [InlineData("webp_alpha.webp", 0.5, "the WebP data is damaged, cut short, or an animation")]
    public void A_file_cut_short_is_refused(string name, double share, string message)
    {
        byte[] file = File.ReadAllBytes(Golden(name));
        byte[] cut = file[..(int)(file.Length * share)];

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(cut, name));

        Assert.Equal(
            $"error: the image cannot be decoded: {message}\n   at: {name}\n"
            + "  try: the whole file again, or the record without it", error.Render());
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

    // A thumbnail has an end of image of its own, in a segment (FF E1, length) before the picture's.
    [Fact]
    public void The_end_of_a_thumbnail_is_not_the_end_of_the_picture()
    {
        byte[] file = File.ReadAllBytes(Golden("jpeg_420.jpg"));
        byte[] thumbnail = [0xFF, 0xE1, 0x00, 0x08, 0xFF, 0xD8, 0xFF, 0xDA, 0xFF, 0xD9];
        byte[] both = [.. file[..20], .. thumbnail, .. file[20..]];

        Assert.Equal(ImageCodec.Decode(file, "x").Pixels, ImageCodec.Decode(both, "x").Pixels);
        Assert.Throws<UsageException>(() => ImageCodec.Decode(both.AsSpan(..^9), "x"));
    }

    // Each scan goes over the whole picture again: some megabytes of them would take hours. The first scan lies between
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

        Assert.Equal(
            "the image cannot be decoded: Progressive JPEG image has more than 500 scans", error.Message);
    }

    [Theory]
    [InlineData(".jpg", 5)]
    [InlineData(".png", 8)]
    [InlineData(".webp", 2)]
    public void Any_damage_gives_an_error_the_user_can_read_and_nothing_else(string extension, int found)
    {
        byte[][] files = [.. Directory.GetFiles(Golden(""), $"*{extension}").Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)];
        Assert.Equal(found, files.Length);
        var random = new RandomStream(2, "images-fuzz", extension.Length, extension[1]);
        int refused = 0, decoded = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] file = Damage(files[i % found], random);
            if (random.Next(2) == 0)
                RepairSums(file);
            try
            {
                RgbImage image = ImageCodec.Decode(file, "fuzz");
                Assert.Equal(image.Width * image.Height * 3, image.Pixels.Length);
                decoded++;
            }
            catch (UsageException e)
            {
                Assert.Equal("fuzz", e.Where);
                refused++;
            }
        }

        Assert.InRange(decoded, 50, 2500);
        Assert.InRange(refused, 500, 2950);
    }

    private static byte[] Damaged(JsonElement entry)
    {
        byte[] file = File.ReadAllBytes(Golden(entry.GetProperty("file").GetString()!));
        int at = entry.GetProperty("at").GetInt32(), end = at + entry.GetProperty("remove").GetInt32();
        byte[] insert = Convert.FromHexString(entry.GetProperty("insert").GetString()!);
        return [.. file[..at], .. insert, .. file[Math.Min(end, file.Length)..]];
    }

    private static byte[] Damage(byte[] file, RandomStream random)
    {
        int at = random.Next(file.Length), end = Math.Min(file.Length, at + random.Between(1, 12));
        switch (random.Next(6))
        {
            case 0:
                return file[..at];
            case 1:
                return [.. file[..at], .. file[end..]];
            case 2:
                return [.. file[..end], .. file[at..]];
            default:
                byte[] changed = [.. file];
                for (int n = random.Between(1, 6); n > 0; n--)
                    changed[random.Next(file.Length)] = (byte)random.Next(256);
                return changed;
        }
    }

    // Right sums let damage through to what is behind them: length (4), name (4), data, sum (4).
    private static void RepairSums(Span<byte> file)
    {
        if (file.Length < 8 || file[0] != 0x89)
            return;
        for (Span<byte> rest = file[8..]; rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
                return;
            BinaryPrimitives.WriteUInt32BigEndian(rest[(int)(length + 8)..], Crc(rest[4..(int)(length + 8)]));
            rest = rest[(int)(length + 12)..];
        }
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
}
