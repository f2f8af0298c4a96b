namespace Vlm.Rewards.Tests;

public class FramesTests
{
    private static readonly Extent Original = new(200, 100), Resized = new(400, 50);

    // x: 40 of 200 is 0.2 is 200 of 1000 is 80 of 400.  y: 30 of 100 is 0.3 is 300 of 1000 is 15 of 50.
    [Theory]
    [InlineData(Frame.OriginalPixels, 40, 30, 60, 40)]
    [InlineData(Frame.ResizedPixels, 80, 15, 120, 20)]
    [InlineData(Frame.Unit, 0.2, 0.3, 0.3, 0.4)]
    [InlineData(Frame.Thousand, 200, 300, 300, 400)]
    public void A_box_is_the_same_place_in_every_frame(Frame frame, double x1, double y1, double x2, double y2)
    {
        Box there = Frames.Convert(new(40, 30, 60, 40), Frame.OriginalPixels, frame, Original, Resized);
        Box back = Frames.Convert(there, frame, Frame.OriginalPixels, Original, Resized);

        Near(new(x1, y1, x2, y2), there);
        Near(new(40, 30, 60, 40), back);
    }

    // The image is stretched to twice its width and half its height: scoring the raw numbers would give 0.
    [Fact]
    public void A_region_converted_with_its_extent_scores_the_same_answer_as_right()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

        Truth.Region seen = Frames.Convert(truth, Frame.ResizedPixels, Original, Resized);

        Assert.Equal((400.0, 50.0, Frame.ResizedPixels), (seen.Width, seen.Height, seen.Frame));
        Assert.Equal(1, Iou.Score("[80, 15, 120, 20]", seen).Value, tolerance: 1e-12);
        Assert.Equal(0, Iou.Score("[80, 15, 120, 20]", truth).Value);
    }

    [Fact]
    public void Pixels_of_an_image_of_unknown_size_are_refused()
    {
        var box = new Box(0, 0, 1, 1);

        ArgumentException unknown = Assert.Throws<ArgumentException>(
            () => Frames.Convert(box, Frame.Unit, Frame.ResizedPixels, original: Original));
        ArgumentException empty = Assert.Throws<ArgumentException>(
            () => Frames.Convert(box, Frame.Unit, Frame.OriginalPixels, original: new(0, 100)));

        Assert.Equal("the size of the resized image is unknown, so its pixels mean nothing", unknown.Message);
        Assert.Equal("the original image is 0 x 100; both must be above 0", empty.Message);
    }

    [Fact]
    public void Frames_without_pixels_need_no_size() =>
        Near(new(0, 500, 250, 1000), Frames.Convert(new(0, 0.5, 0.25, 1), Frame.Unit, Frame.Thousand));

    private static void Near(Box wanted, Box actual)
    {
        Assert.Equal(wanted.X1, actual.X1, tolerance: 1e-9);
        Assert.Equal(wanted.Y1, actual.Y1, tolerance: 1e-9);
        Assert.Equal(wanted.X2, actual.X2, tolerance: 1e-9);
        Assert.Equal(wanted.Y2, actual.Y2, tolerance: 1e-9);
    }
}
