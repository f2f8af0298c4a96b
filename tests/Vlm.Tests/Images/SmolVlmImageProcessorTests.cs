using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Vlm.Images;
using Vlm.Models.SmolVlm;
using Vlm.Testing;

namespace Vlm.Tests.Images;

/// <summary>Against transformers' own processor on Pillow.</summary>
public class SmolVlmImageProcessorTests
{
    private static string Folder => Fixtures.PathOf("image_processors");

    // Samples with fewer frames than others are filled up with frames of zeros.
    [Fact]
    public void Pixel_values_are_those_of_the_reference()
    {
        int cases = 0, stored = 0;
        foreach (JsonProperty expected in Cases())
        {
            if (Options(expected.Name) is not { } options)
                continue;

            var processor = new SmolVlmImageProcessor(options);
            int[] shape = Whole(expected.Value.GetProperty("shapes").GetProperty("pixel_values"));
            var values = new float[shape.Aggregate(1, (product, size) => product * size)];
            foreach (var (sample, names) in expected.Value.GetProperty("images").EnumerateArray().Index())
            {
                RgbImage[] images = [.. names.EnumerateArray().Select(name => Image(name.GetString()!))];
                SmolVlmFrames[] frames = [.. images.Select(image => processor.Frames(image.Width, image.Height))];
                images.SelectMany(image => Values(processor, image)).ToArray().CopyTo(values, sample * values.Length / shape[0]);
                Assert.Equal(Whole(expected.Value.GetProperty("rows")[sample]), frames.Select(image => image.Rows));
                Assert.Equal(Whole(expected.Value.GetProperty("cols")[sample]), frames.Select(image => image.Columns));
            }

            Assert.Equal(
                (expected.Name, expected.Value.GetProperty("sha256_f32_pixel_values").GetString()),
                (expected.Name, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))));
            stored += AssertStored(expected.Value, values);
            cases++;
        }

        Assert.Equal((12, 5), (cases, stored));
    }

    // Of each case one test has the pixels: 12 here, and 9 of Qwen-VL in QwenImageProcessorTests.
    [Fact]
    public void Every_case_of_the_reference_is_of_a_known_kind()
    {
        string[] names = [.. Cases().Select(expected => expected.Name)];

        Assert.Equal(21, names.Length);
        Assert.All(names, name => Assert.True(
            Options(name) is not null || name.StartsWith("qwen2vl_", StringComparison.Ordinal), name));
    }

    [Fact]
    public void Sizes_and_tiles_are_those_of_the_reference()
    {
        using var table = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "idefics3_sizes.json")));
        int count = 0;
        foreach (JsonElement row in table.RootElement.GetProperty("rows").EnumerateArray())
        {
            int[] n = Whole(row);
            var processor = new SmolVlmImageProcessor(new SmolVlmImageOptions { LongestEdge = n[2], FrameEdge = n[3] });

            Assert.Equal((n[5], n[4]), processor.FirstSize(n[1], n[0]));
            Assert.Equal((n[7], n[6], n[8], n[9]), processor.Plan(n[1], n[0]));
            count++;
        }

        Assert.Equal(39, count);
    }

    // 0 -> (0 - 0.5) / 0.5 = -1;  255 -> 1;  51 -> (0.2 - 0.5) / 0.5 = -0.6
    [Fact]
    public void Bytes_become_minus_one_to_one_in_planes()
    {
        var options = new SmolVlmImageOptions { LongestEdge = 2, FrameEdge = 2, Split = false };
        var image = new RgbImage(2, 2, [0, 255, 51, 0, 255, 51, 255, 0, 51, 255, 0, 51]);

        var processor = new SmolVlmImageProcessor(options);
        float[] values = Values(processor, image);

        float[] expected = [-1, -1, 1, 1, 1, 1, -1, -1, -0.6f, -0.6f, -0.6f, -0.6f];
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], tolerance: 1e-6f);
        Assert.Equal(new ImageScale(2, 2, 2, 2), processor.Frames(2, 2).Scale);
    }

    private static float[] Values(SmolVlmImageProcessor processor, RgbImage image)
    {
        var values = new float[processor.Frames(image.Width, image.Height).Count * processor.FrameLength];
        processor.Write(image, values);
        return values;
    }

    private static readonly SmolVlmImageOptions Small = new() { LongestEdge = 96, FrameEdge = 32 };

    private static SmolVlmImageOptions? Options(string name) => name switch
    {
        _ when name.StartsWith("smolvlm_small_nosplit", StringComparison.Ordinal) => Small with { Split = false },
        _ when name.StartsWith("smolvlm_small", StringComparison.Ordinal) => Small,
        _ when name.StartsWith("smolvlm256m", StringComparison.Ordinal) =>
            new() { LongestEdge = 2048, FrameEdge = 512 },
        _ when name.StartsWith("smolvlm2b", StringComparison.Ordinal) =>
            new() { LongestEdge = 1536, FrameEdge = 384 },
        _ => null,
    };

    private static int AssertStored(JsonElement expected, float[] values)
    {
        if (!expected.TryGetProperty("file", out JsonElement name))
            return 0;
        var tensors = new FixtureTensors(Path.Combine(Folder, name.GetString()!));
        float[] stored = tensors.Floats("pixel_values");
        Assert.Equal(Whole(expected.GetProperty("shapes").GetProperty("pixel_values")), tensors.Shape("pixel_values"));
        Assert.Equal(stored.Length, values.Length);
        for (int i = 0; i < stored.Length; i++)
            Assert.Equal(stored[i], values[i], tolerance: 1e-6f);
        return 1;
    }

    private static int[] Whole(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];

    private static JsonElement.ObjectEnumerator Cases() => JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Folder, "index.json"))).RootElement.GetProperty("cases").EnumerateObject();

    private static RgbImage Image(string name)
    {
        string path = Path.Combine(Folder, $"{name}.png");
        return ImageCodec.Decode(File.ReadAllBytes(path), path);
    }
}
