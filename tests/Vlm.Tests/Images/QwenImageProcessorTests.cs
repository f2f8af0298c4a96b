using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;
using Vlm.Models.QwenVl;
using Vlm.Testing;

namespace Vlm.Tests.Images;

/// <summary>Against transformers' own processor on Pillow.</summary>
public class QwenImageProcessorTests
{
    private static string Folder => Fixtures.PathOf("image_processors");

    [Fact]
    public void Values_and_grids_are_those_of_the_reference()
    {
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "index.json")));
        int cases = 0, stored = 0;
        foreach (JsonProperty expected in index.RootElement.GetProperty("cases").EnumerateObject())
        {
            if (!expected.Name.StartsWith("qwen2vl_", StringComparison.Ordinal))
                continue;

            bool limited = expected.Name.Contains("max12544", StringComparison.Ordinal);
            CutImage[] images = Cut(
                limited ? QwenImageOptions.Qwen2 with { MaxPixels = 12544 } : QwenImageOptions.Qwen2,
                [.. expected.Value.GetProperty("images").EnumerateArray().Select(name =>
                    Path.Combine(Folder, $"{name.GetString()}.png"))]);
            float[] values = [.. images.SelectMany(image => image.Values)];

            Assert.Equal(
                expected.Value.GetProperty("image_grid_thw").EnumerateArray().SelectMany(row =>
                    row.EnumerateArray().Select(size => size.GetInt64())),
                Grid(images));
            Assert.Equal(
                (expected.Name, expected.Value.GetProperty("sha256_f32_pixel_values").GetString()),
                (expected.Name, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))));
            cases++;
            if (!expected.Value.TryGetProperty("file", out JsonElement file))
                continue;
            var tensors = new FixtureTensors(Path.Combine(Folder, file.GetString()!));
            AssertTensors(tensors, "", images);
            stored++;
        }

        Assert.Equal((9, 4), (cases, stored));
    }

    [Theory]
    [InlineData("tiny_qwen2_vl", "case_a_single", new[] { "img0_50x34" })]
    [InlineData("tiny_qwen2_vl", "case_b_batch_leftpad", new[] { "img1_30x61", "img2_12x9", "img0_50x34" })]
    [InlineData("tiny_qwen2_5_vl", "case_a_single", new[] { "img0_50x34" })]
    [InlineData("tiny_qwen2_5_vl", "case_b_batch_leftpad", new[] { "img1_30x61", "img2_12x9", "img0_50x34" })]
    [InlineData("tiny_qwen3_vl", "case_a_single", new[] { "img0_50x34" })]
    [InlineData("tiny_qwen3_vl", "case_b_batch_leftpad", new[] { "img1_30x61", "img2_12x9", "img0_50x34" })]
    public void A_checkpoints_own_options_give_the_models_inputs(string model, string name, string[] images)
    {
        string folder = Fixtures.PathOf(model);
        QwenImageOptions defaults = model == "tiny_qwen3_vl" ? QwenImageOptions.Qwen3 : QwenImageOptions.Qwen2;

        CutImage[] patches = Cut(
            QwenImageFiles.Options(folder, defaults),
            [.. images.Select(image => Path.Combine(folder, $"{image}.png"))]);

        AssertTensors(new FixtureTensors(Path.Combine(folder, $"{name}.safetensors")), "in.", patches);
    }

    // 4 x 4 pixels, patches of 1, blocks of 2 x 2; pixel (x, y) is red 10 y + x, green 100 + red, blue 0. No resizing,
    // no rescaling, mean (1, 0, 0), deviation (2, 1, 1). Rows of pixels in the order of blocks:
    //   (0,0) (1,0) (0,1) (1,1)   (2,0) (3,0) (2,1) (3,1)   (0,2) ...
    //   red 0     1    10    11      2     3    12    13      20
    // Each is [r, r, g, g, b, b], the second of a pair being the second frame; red becomes (red - 1) / 2.
    [Fact]
    public void Patches_go_block_by_block_and_hold_planes_of_both_frames()
    {
        var options = new QwenImageOptions
        {
            PatchSize = 1,
            Resize = false,
            Rescale = 1,
            Mean = [1, 0, 0],
            Std = [2, 1, 1],
        };
        byte[] pixels = [.. Enumerable.Range(0, 16).SelectMany(i => Pixel((10 * (i / 4)) + (i % 4)))];

        CutImage patches = Cut(options, new RgbImage(4, 4, pixels));

        int[] order = [0, 1, 10, 11, 2, 3, 12, 13, 20, 21, 30, 31, 22, 23, 32, 33];
        Assert.Equal(
            order.SelectMany(red => (float[])[(red - 1) / 2f, (red - 1) / 2f, red + 100, red + 100, 0, 0]),
            patches.Values);
        Assert.Equal((16, 4, 4), (patches.Count, patches.GridHeight, patches.GridWidth));
        Assert.Equal(new ImageScale(4, 4, 4, 4), patches.Scale);

        static byte[] Pixel(int red) => [(byte)red, (byte)(red + 100), 0];
    }

    // Patches of 2 x 3 frames, one block of one patch: channel by channel, frame by frame, row by row.
    //   red  1 2 / 3 4   three times, then green 5 6 / 7 8, then blue 9 10 / 11 12
    [Fact]
    public void A_patch_is_channel_frame_row_column()
    {
        var options = new QwenImageOptions
        {
            PatchSize = 2,
            MergeSize = 1,
            TemporalPatchSize = 3,
            Resize = false,
            Rescale = 1,
            Mean = [0, 0, 0],
            Std = [1, 1, 1],
        };
        var image = new RgbImage(2, 2, [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]);

        CutImage patches = Cut(options, image);

        float[] red = [1, 2, 3, 4], green = [5, 6, 7, 8], blue = [9, 10, 11, 12];
        Assert.Equal([.. red, .. red, .. red, .. green, .. green, .. green, .. blue, .. blue, .. blue], patches.Values);
    }

    // 30 x 40 (w x h), factor 28: 1.07 -> 28 wide, 1.43 -> 28 high; 784 < 3136, so both grow by sqrt(3136 / 1200) =
    // 1.617: 48.5 -> 56, 64.7 -> 84.
    [Fact]
    public void The_scale_keeps_both_sizes_and_width_from_height()
    {
        var image = new RgbImage(30, 40, new byte[30 * 40 * 3]);

        CutImage patches = Cut(QwenImageOptions.Qwen2, image);

        Assert.Equal(new ImageScale(30, 40, 56, 84), patches.Scale);
        Assert.Equal((6, 4), (patches.GridHeight, patches.GridWidth));
        Assert.Equal(24 * 1176, patches.Values.Length);
    }

    [Fact]
    public void An_image_over_200_times_as_wide_as_high_is_refused_by_name()
    {
        var processor = new QwenImageProcessor(QwenImageOptions.Qwen2);

        var error = Assert.Throws<UsageException>(() =>
            processor.Patches(201, 1, "record 9, image 1"));

        Assert.Equal("the image has 201 x 1 pixels; the model takes sides up to 1 : 200", error.Message);
        Assert.Equal("record 9, image 1", error.Where);
    }

    [Fact]
    public void Without_resizing_an_image_must_be_whole_blocks()
    {
        var processor = new QwenImageProcessor(QwenImageOptions.Qwen2 with { Resize = false });
        Assert.Equal((56, 84), processor.Plan(56, 84, "x"));

        var error = Assert.Throws<UsageException>(() => processor.Plan(56, 85, "record 9, image 1"));

        Assert.Equal(
            """
            error: the image has 56 x 85 pixels; without resizing the model takes multiples of 28
               at: record 9, image 1
              try: "do_resize": true in preprocessor_config.json
            """, error.Render());
        Assert.Throws<UsageException>(() => processor.Plan(57, 84, "x"));
    }

    private sealed record CutImage(float[] Values, QwenPatches Patches)
    {
        public int Count => Patches.Count;

        public int GridHeight => Patches.GridHeight;

        public int GridWidth => Patches.GridWidth;

        public ImageScale Scale => Patches.Scale;
    }

    private static CutImage Cut(QwenImageOptions options, RgbImage image)
    {
        var processor = new QwenImageProcessor(options);
        QwenPatches patches = processor.Patches(image.Width, image.Height, "x");
        var values = new float[patches.Count * processor.PatchLength];
        processor.Write(image, values);
        return new CutImage(values, patches);
    }

    private static CutImage[] Cut(QwenImageOptions options, string[] paths)
    {
        // transformers' processor of Qwen drops alpha, and it was recorded with an image that has some.
        var decode = new DecodeOptions { Background = Background.None };
        return [.. paths.Select(path => Cut(options, ImageCodec.Decode(File.ReadAllBytes(path), path, decode)))];
    }

    private static IEnumerable<long> Grid(CutImage[] images) =>
        images.SelectMany(image => (long[])[1, image.GridHeight, image.GridWidth]);

    private static void AssertTensors(FixtureTensors tensors, string prefix, CutImage[] images)
    {
        float[] values = [.. images.SelectMany(image => image.Values)];
        float[] expected = tensors.Floats($"{prefix}pixel_values");

        Assert.Equal(tensors.Integers($"{prefix}image_grid_thw"), Grid(images));
        Assert.Equal(images.Sum(image => image.Count), tensors.Shape($"{prefix}pixel_values")[0]);
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], tolerance: 1e-6f);
    }
}
