using System.Text.Json;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Against the pixels that Pillow 9.4 makes of the same files.</summary>
public class PillowPixelsTests
{
    [Theory]
    [InlineData(Background.White, "white", 0)]
    [InlineData(Background.Black, "black", 0)]
    [InlineData(Background.None, "none", 5)]
    public void Every_kind_of_file_has_the_size_and_the_pixels_that_Pillow_shows(
        Background background, string column, int colourless)
    {
        using var index = JsonDocument.Parse(ImageFixtures.Bytes("index.json"));
        int equal = 0;
        List<string> others = [];
        foreach (JsonProperty expected in index.RootElement.GetProperty("files").EnumerateObject())
        {
            RgbImage image = ImageFixtures.Decode(expected.Name, background);

            int[] size = [.. expected.Value.GetProperty("size").EnumerateArray().Select(side => side.GetInt32())];
            Assert.Equal((expected.Name, size[0], size[1]), (expected.Name, image.Width, image.Height));
            Assert.Equal((size[0], size[1]), ImageCodec.DecodeSize(ImageFixtures.Bytes(expected.Name), expected.Name));
            if (expected.Value.GetProperty(column).GetString() == ImageFixtures.Hash(image))
                equal++;
            else
                others.Add(expected.Name);
        }

        // Transparent pixels of a GIF have no colour here (Background.None says so).
        Assert.All(others, name => Assert.Matches("^gif-.*clear.gif$", name));
        Assert.Equal((ImageFixtures.Count - colourless, colourless), (equal, others.Count));
        Assert.Equal(ImageFixtures.Count, ImageFixtures.Names.Count());
    }

    // One row of a PNG with all 256 x 256 pairs of colour and alpha. 255 is odd, so c a / 255 never lies halfway between two
    // bytes: floor(x + 1/2) in whole numbers is (2 x 255 + 255) / (2 x 255).
    [Theory]
    [InlineData(Background.White, 255)]
    [InlineData(Background.Black, 0)]
    public void What_is_behind_shows_through_rounded_to_the_nearest(Background background, int behind)
    {
        byte[] pairs = [.. Enumerable.Range(0, 65536).SelectMany(i =>
            (byte[])[(byte)(i >> 8), (byte)(i >> 8), (byte)(i >> 8), (byte)i])];

        RgbImage image = ImageCodec.Decode(Encoded.Png(256, 256, 8, 6, pairs), "x", new() { Background = background });

        for (int i = 0; i < 65536; i++)
        {
            int product = ((i >> 8) * (i & 255)) + (behind * (255 - (i & 255)));
            Assert.Equal((i, ((2 * product) + 255) / 510), (i, image.Pixels[i * 3]));
        }
    }

    // Grey of 16 bits, most significant first: 0x1234 -> 0x12, 0xABCD -> 0xAB, and 0x00FF -> 0, which Pillow shows as 255.
    [Fact]
    public void Grey_of_16_bits_keeps_its_upper_8()
    {
        byte[] png = Encoded.Png(3, 1, 16, 0, [0x12, 0x34, 0xAB, 0xCD, 0x00, 0xFF]);

        Assert.Equal([0x12, 0x12, 0x12, 0xAB, 0xAB, 0xAB, 0, 0, 0], ImageCodec.Decode(png, "x").Pixels);
    }

    // Two pixels of 5 bits a colour: red 1, green 16, blue 30 is 0x0400 + 0x0200 + 0x1E = 0x061E. Pillow gives
    // v 255 / 31 without its fraction, 8 131 246; here it is rounded, 8 132 247.
    [Fact]
    public void Colours_of_5_bits_are_at_most_1_from_Pillows()
    {
        byte[] bmp = Encoded.Bmp(1, 1, 16, [0x1E, 0x06, 0, 0]);

        Assert.Equal([8, 132, 247], ImageCodec.Decode(bmp, "x").Pixels);
    }
}
