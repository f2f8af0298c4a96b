using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>What users tried, and what they should see.</summary>
public class TrialTests
{
    private static readonly (byte, byte, byte) s_white = (255, 255, 255), s_black = (0, 0, 0);

    // The file's rows are 40 long; EXIF's 6 says that the first of them is the right side. Red left, blue right in the
    // file, so red is at the top and blue at the bottom of the upright image.
    [Fact]
    public void A_photo_stands_upright_and_so_does_the_size_that_boxes_refer_to()
    {
        byte[] file = ImageFixtures.Bytes("trials/02-exif-o6.jpg");

        RgbImage image = ImageCodec.Decode(file, "photo");

        Assert.Equal((20, 40), (image.Width, image.Height));
        Assert.Equal((20, 40), ImageCodec.DecodeSize(file, "photo"));
        Assert.Equal(((byte)254, (byte)0, (byte)0), image.Pixel(10, 2));
        Assert.Equal(((byte)0, (byte)0, (byte)254), image.Pixel(10, 37));
    }

    // Black drawings of 20 x 10 and of 8 pixels on transparent black: all zeros where alpha is dropped. The palette's
    // image is half transparent black, half white.
    [Theory]
    [InlineData("04-transparent-black-drawing.png", 800, 200, 800)]
    [InlineData("04b-transparent.webp", 800, 200, 800)]
    [InlineData("04c-la.png", 16, 8, 16)]
    [InlineData("06-palette-trns.png", 64, 0, 32)]
    public void Black_on_transparency_is_seen_on_white(string name, int pixels, int black, int blackOnBlack)
    {
        Assert.Equal((black, pixels - black), BlackAndWhite(ImageFixtures.Decode($"trials/{name}")));
        Assert.Equal(
            (blackOnBlack, pixels - blackOnBlack),
            BlackAndWhite(ImageFixtures.Decode($"trials/{name}", Background.Black)));
        Assert.Equal(
            (blackOnBlack, pixels - blackOnBlack),
            BlackAndWhite(ImageFixtures.Decode($"trials/{name}", Background.None)));
    }

    private static (int Black, int White) BlackAndWhite(RgbImage image)
    {
        List<(byte, byte, byte)> colours =
            [.. Enumerable.Range(0, image.Width * image.Height).Select(i => image.Pixel(i % image.Width, i / image.Width))];
        return (colours.Count(colour => colour == s_black), colours.Count(colour => colour == s_white));
    }

    // Left half red, right half blue; the second frame of the animation is another.
    [Theory]
    [InlineData("07-animated.webp", 0)]
    [InlineData("08-still.gif", 0)]
    [InlineData("08b.tiff", 1)]
    public void Kinds_that_were_refused_show_their_first_image(string name, int off)
    {
        RgbImage image = ImageFixtures.Decode($"trials/{name}");

        Assert.Equal((40, 20), (image.Width, image.Height));
        Assert.Equal(((byte)(255 - off), (byte)0, (byte)0), image.Pixel(4, 10));
        Assert.Equal(((byte)0, (byte)0, (byte)(255 - off)), image.Pixel(35, 10));
    }

    [Fact]
    public void A_bitmap_of_Windows_is_read()
    {
        RgbImage image = ImageFixtures.Decode("trials/08d.bmp");

        Assert.Equal((40, 20), (image.Width, image.Height));
        Assert.DoesNotContain(image.Pixels, value => value != 0);
    }
}
