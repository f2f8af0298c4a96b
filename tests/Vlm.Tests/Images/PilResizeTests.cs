using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;
using Vlm.Testing;

namespace Vlm.Tests.Images;

public class PilResizeTests
{
    [Fact]
    public void Pixels_are_those_of_Pillow_bit_for_bit()
    {
        string folder = Fixtures.PathOf("image_processors", "resample");
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "index.json")));
        int count = 0;
        foreach (JsonElement expected in index.RootElement.GetProperty("cases").EnumerateArray())
        {
            string source = Path.Combine(folder, expected.GetProperty("src").GetString()!);
            RgbImage image = ImageCodec.Decode(File.ReadAllBytes(source), source);
            RgbImage resized = PilResize.Resize(
                image, expected.GetProperty("out_w").GetInt32(), expected.GetProperty("out_h").GetInt32(),
                (ResizeFilter)expected.GetProperty("pil_id").GetInt32());

            Assert.Equal(
                expected.GetProperty("sha256_rgb").GetString(),
                Convert.ToHexStringLower(SHA256.HashData(resized.Pixels)));
            count++;
        }

        Assert.Equal(18, count);
    }

    // 4 -> 2 by box: each output is the mean of two inputs. (0 + 100) / 2 = 50; (201 + 100) / 2 = 150.5, up to 151.
    [Fact]
    public void A_box_takes_the_mean_of_the_pixels_under_it()
    {
        var row = new RgbImage(4, 1, [0, 10, 0, 100, 20, 0, 201, 30, 0, 100, 40, 255]);

        Assert.Equal([50, 15, 0, 151, 35, 128], PilResize.Resize(row, 2, 1, ResizeFilter.Box).Pixels);
    }

    // 2 -> 4 by triangle: centres at 0.25, 0.75, 1.25, 1.75 of pixels centred at 0.5, 1.5.
    //   0.25: pixels 0 and 1 at distance 0.25 and 1.25 -> only pixel 0:  0
    //   0.75: distances 0.25, 0.75 -> weights 0.75, 0.25: 200 / 4 = 50
    //   1.25: weights 0.25, 0.75: 150;  1.75: 200
    [Fact]
    public void A_triangle_mixes_the_two_nearest()
    {
        var column = new RgbImage(1, 2, [0, 0, 0, 200, 200, 200]);

        RgbImage resized = PilResize.Resize(column, 1, 4, ResizeFilter.Bilinear);

        Assert.Equal([0, 50, 150, 200], resized.Pixels.Where((_, i) => i % 3 == 0).Select(value => (int)value));
    }

    [Theory]
    [InlineData(ResizeFilter.Lanczos)]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    [InlineData(ResizeFilter.Box)]
    [InlineData(ResizeFilter.Hamming)]
    public void One_colour_stays_itself_at_any_size(ResizeFilter filter)
    {
        var random = new RandomStream(5, "resize", (long)filter);
        for (int i = 0; i < 60; i++)
        {
            byte[] colour = [(byte)random.Next(256), 255, 0];
            int width = random.Between(1, 40), height = random.Between(1, 40);
            var image = new RgbImage(width, height, [.. Enumerable.Repeat(colour, width * height).SelectMany(c => c)]);

            RgbImage resized = PilResize.Resize(image, random.Between(1, 60), random.Between(1, 60), filter);

            Assert.Equal(resized.Width * resized.Height * 3, resized.Pixels.Length);
            Assert.All(resized.Pixels.Chunk(3), pixel => Assert.Equal(colour, pixel));
        }
    }

    [Fact]
    public void The_same_size_gives_the_same_image()
    {
        var image = new RgbImage(1, 1, [1, 2, 3]);

        Assert.Same(image, PilResize.Resize(image, 1, 1, ResizeFilter.Lanczos));
    }
}
