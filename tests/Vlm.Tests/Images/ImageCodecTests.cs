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
            // The recording is of convert("RGB"), which drops alpha.
            RgbImage image = ImageCodec.Decode(file, expected.Name, new() { Background = Background.None });

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

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
}
