using Vlm.Images;
using Vlm.Models.QwenVl;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.Images;

/// <summary>min_pixels and max_pixels in place of what the model's files say.</summary>
public class SeenPixelsTests
{
    // 400 x 200 in multiples of 28: 392 x 196 = 76,832 pixels.
    [Theory]
    [InlineData(null, null, 392, 196)]
    [InlineData(null, 20_000L, 196, 84)]        // sqrt(80,000 / 20,000) = 2: 200 x 100, rounded down
    [InlineData(100_000L, null, 448, 224)]      // sqrt(100,000 / 80,000) = 1.118: 447.2 x 223.6, rounded up
    [InlineData(null, 1_000L, 28, 28)]          // below min_pixels of the files, which gives way
    public void Qwen_resizes_to_the_range(long? min, long? max, int width, int height)
    {
        var processor = new QwenImageProcessor(new QwenImageOptions());
        Assert.Equal((width, height), processor.Plan(400, 200, "x", new SeenPixels(min, max)));
        Assert.Equal((width, height), (processor.Patches(400, 200, "x", new SeenPixels(min, max)).Scale.ResizedWidth,
            processor.Patches(400, 200, "x", new SeenPixels(min, max)).Scale.ResizedHeight));
    }

    // Longest edge 2048 in frames of 512: 4 x 2 frames of 400 x 200; two frames at the most: 1024 x 512; one: 512 x 512, the whole alone.
    [Theory]
    [InlineData(null, null, 2, 4)]
    [InlineData(null, 1_000_000L, 1, 2)]
    [InlineData(null, 300_000L, 0, 0)]
    [InlineData(null, 1L, 0, 0)]
    [InlineData(3_000_000L, null, 3, 5)]
    public void SmolVlm_takes_as_many_frames_as_fit(long? min, long? max, int rows, int columns)
    {
        var processor = new SmolVlmImageProcessor(new SmolVlmImageOptions { LongestEdge = 2048, FrameEdge = 512 });
        var (_, _, r, c) = processor.Plan(400, 200, new SeenPixels(min, max));
        Assert.Equal((rows, columns), (r, c));

        SmolVlmFrames frames = processor.Frames(400, 200, new SeenPixels(min, max));
        float[] values = new float[frames.Count * processor.FrameLength];
        processor.Write(new RgbImage(400, 200, new byte[400 * 200 * 3]), values, new SeenPixels(min, max));
        Assert.All(values, value => Assert.Equal(-1, value));
    }
}
