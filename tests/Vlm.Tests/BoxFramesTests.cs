using Vlm.Rewards;

namespace Vlm.Tests;

public class BoxFramesTests
{
    // An image of 200 x 100 pixels that the model sees as 400 x 400.
    private static readonly ImageScale s_scale = new(200, 100, 400, 400);

    // x: 50 of 200 is a quarter, 100 a half. y: 10 of 100 is a tenth, 50 a half.
    [Theory]
    [InlineData(Frame.Thousand, 250, 100, 500, 500, 1000, 1000)]
    [InlineData(Frame.Unit, 0.25, 0.1, 0.5, 0.5, 1, 1)]
    [InlineData(Frame.ResizedPixels, 100, 40, 200, 200, 400, 400)]
    [InlineData(Frame.OriginalPixels, 50, 10, 100, 50, 200, 100)]
    public void The_truth_is_in_the_frame_that_the_model_answers_in(
        Frame frame, double x1, double y1, double x2, double y2, double width, double height)
    {
        Truth.Region region = Region(Of(Frame.OriginalPixels, new Box(50, 10, 100, 50), 200, 100).WithBoxIn(frame));

        Assert.Equal(frame, region.Frame);
        Assert.Equal((width, height), (region.Width, region.Height));
        Assert.Equal([x1, y1, x2, y2], [region.Box.X1, region.Box.Y1, region.Box.X2, region.Box.Y2]);
    }

    // 364 x 182 is another resize than this model's: a quarter and a half of it are those of 400.
    [Fact]
    public void A_box_in_pixels_of_another_resize_is_refused_unless_a_frame_is_asked_for()
    {
        Prompt prompt = Of(Frame.ResizedPixels, new Box(91, 0, 182, 91), 364, 182);

        UsageException error = Assert.Throws<UsageException>(() => prompt.WithBoxIn(null));
        Truth.Region region = Region(prompt.WithBoxIn(Frame.ResizedPixels));

        Assert.Equal("the box is in pixels of an image of 364 x 182, the model sees 400 x 400", error.Message);
        Assert.Equal("record a", error.Where);
        Assert.Equal([100, 0, 200, 200], [region.Box.X1, region.Box.Y1, region.Box.X2, region.Box.Y2]);
    }

    [Fact]
    public void Where_nothing_is_to_be_converted_the_prompt_is_the_same()
    {
        Prompt pixels = Of(Frame.OriginalPixels, new Box(0, 0, 1, 1), 200, 100),
            resized = Of(Frame.ResizedPixels, new Box(0, 0, 1, 1), 400, 400),
            word = resized with { Example = resized.Example with { Truth = new Truth.Word("yes") } };

        Assert.Same(pixels, pixels.WithBoxIn(null));
        Assert.Same(pixels, pixels.WithBoxIn(Frame.OriginalPixels));
        Assert.Same(resized, resized.WithBoxIn(null));
        Assert.Same(word, word.WithBoxIn(Frame.Unit));
    }

    [Fact]
    public void Pixels_of_one_image_among_two_are_refused()
    {
        Prompt prompt = Of(Frame.Thousand, new Box(0, 0, 500, 500), 1000, 1000) with { Images = [s_scale, s_scale] };

        Assert.Equal("the box cannot be converted to OriginalPixels: its record has 2 images",
            Assert.Throws<UsageException>(() => prompt.WithBoxIn(Frame.OriginalPixels)).Message);
        Assert.Equal(0.5, Region(prompt.WithBoxIn(Frame.Unit)).Box.X2);
    }

    private static Truth.Region Region(Prompt prompt) => Assert.IsType<Truth.Region>(prompt.Example.Truth);

    private static Prompt Of(Frame frame, Box box, double width, double height) => new(
        Example.Ask([], [], "a") with { Truth = new Truth.Region(box, frame, width, height) }, "", [1], null, [s_scale]);
}
