using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;

namespace Vlm.Tests.Images;

public class ImageCodecTests
{
    [Fact]
    public void Every_kind_of_file_decodes_to_the_pixels_of_Pillow()
    {
        using var index = JsonDocument.Parse(File.ReadAllText(Golden("index.json")));
        int count = 0;
        foreach (JsonProperty expected in index.RootElement.GetProperty("sha256_rgb").EnumerateObject())
        {
            byte[] file = File.ReadAllBytes(Golden(expected.Name));
            RgbImage image = ImageCodec.Decode(file, expected.Name);

            Assert.Equal((expected.Name, 45, 31), (expected.Name, image.Width, image.Height));
            Assert.Equal((45, 31), ImageCodec.DecodeSize(file, expected.Name));
            Assert.Equal(
                (expected.Name, expected.Value.GetString()),
                (expected.Name, Convert.ToHexStringLower(SHA256.HashData(image.Pixels))));
            count++;
        }

        Assert.Equal(15, count);
    }

    [Fact]
    public void Encoding_loses_nothing_and_is_the_same_each_time()
    {
        var random = new RandomStream(1, "png");
        for (int i = 0; i < 50; i++)
        {
            int width = random.Between(1, 70), height = random.Between(1, 50);
            byte[] pixels = [.. Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Next(256))];
            var image = new RgbImage(width, height, pixels);

            byte[] file = ImageCodec.EncodePng(image);
            RgbImage back = ImageCodec.Decode(file, "encoded");

            Assert.Equal((width, height), (back.Width, back.Height));
            Assert.Equal(image.Pixels, back.Pixels);
            Assert.Equal(file, ImageCodec.EncodePng(image));
        }
    }

    [Fact]
    public void A_damaged_file_gives_an_error_the_user_can_read_and_nothing_else()
    {
        var random = new RandomStream(2, "images-fuzz");
        int refused = 0, decoded = 0;
        string[] files = [.. Directory.GetFiles(Golden(""))
            .Where(name => Path.GetExtension(name) is ".jpg" or ".png" or ".webp").Order(StringComparer.Ordinal)];
        Assert.Equal(15, files.Length);
        foreach (string path in files)
            for (int i = 0; i < 150; i++)
            {
                byte[] file = Damage(File.ReadAllBytes(path), random);
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

        Assert.InRange(refused, 500, 15 * 150);
        Assert.InRange(decoded, 100, 15 * 150);
    }

    [Theory]
    [InlineData("jpeg_420.jpg", 0.9)]
    [InlineData("jpeg_444_progressive.jpg", 0.5)]
    [InlineData("png_rgb.png", 0.9)]
    [InlineData("webp_lossy.webp", 0.9)]
    [InlineData("webp_alpha.webp", 0.5)]
    public void A_file_cut_short_is_refused(string name, double share)
    {
        byte[] file = File.ReadAllBytes(Golden(name));
        byte[] cut = file[..(int)(file.Length * share)];

        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(cut, name));

        Assert.StartsWith("the image cannot be decoded: ", error.Message);
    }

    [Theory]
    [InlineData("474946383961", "the image is no JPEG, PNG or WebP file; it begins with 474946383961")]
    [InlineData("00010203040506070809", "the image is no JPEG, PNG or WebP file; it begins with 0001020304050607")]
    [InlineData("", "the image is empty")]
    public void Another_format_is_refused_with_its_first_bytes(string hex, string message)
    {
        var error = Assert.Throws<UsageException>(() => ImageCodec.Decode(Convert.FromHexString(hex), "row 3"));

        Assert.Equal($"error: {message}\n   at: row 3\n  try: the image as a JPEG, PNG or WebP file", error.Render());
    }

    // 20,000 x 9,000 = 180,000,000 pixels claimed by a file of some hundred bytes.
    [Fact]
    public void A_claim_of_too_many_pixels_is_refused_before_they_are_decoded()
    {
        byte[] file = ImageCodec.EncodePng(new RgbImage(1, 1, [1, 2, 3]));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 20_000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 9_000);

        var error = Assert.Throws<UsageException>(() => ImageCodec.DecodeSize(file, "row 3"));

        Assert.Equal("the image has 20000 x 9000 pixels; at most 178956970 are decoded", error.Message);
    }

    private static byte[] Damage(byte[] file, RandomStream random)
    {
        if (random.Next(3) == 0)
            return file[..random.Next(file.Length)];
        for (int n = random.Between(1, 6); n > 0; n--)
            file[random.Next(file.Length)] = (byte)random.Next(256);
        return file;
    }

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
}
