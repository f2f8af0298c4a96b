using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;
using Vlm.Images;

namespace Vlm.Tests.Images;

/// <summary>Images of programs that use ImageSharp.</summary>
public class ImageSharpImagesTests
{
    [Fact]
    public void An_image_goes_there_and_comes_back_with_its_rows_in_order()
    {
        var image = new RgbImage(3, 2, [.. Enumerable.Range(1, 18).Select(value => (byte)value)]);

        using Image<Rgb24> there = image.ToImageSharp();

        Assert.Equal((3, 2), (there.Width, there.Height));
        Assert.Equal(new Rgb24(13, 14, 15), there[1, 1]);
        RgbImage back = there.ToRgbImage();
        Assert.Equal((3, 2), (back.Width, back.Height));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    // Its buffers are in parts from some megabytes on.
    [Fact]
    public void A_large_image_comes_whole()
    {
        using var large = new Image<Rgb24>(4000, 3000, new Rgb24(1, 2, 3));
        large[3999, 2999] = new Rgb24(9, 8, 7);

        RgbImage image = large.ToRgbImage();

        Assert.Equal((1, 2, 3), image.Pixel(2000, 1500));
        Assert.Equal((9, 8, 7), image.Pixel(3999, 2999));
    }

    [Fact]
    public void What_a_program_drew_is_what_the_model_sees()
    {
        using var drawn = new Image<Rgb24>(4, 4, new Rgb24(255, 0, 0));
        drawn.Mutate(context => context.Crop(new Rectangle(1, 1, 2, 3)));

        RgbImage image = drawn.ToRgbImage();

        Assert.Equal((2, 3), (image.Width, image.Height));
        Assert.Equal((255, 0, 0), image.Pixel(1, 2));
    }
}
