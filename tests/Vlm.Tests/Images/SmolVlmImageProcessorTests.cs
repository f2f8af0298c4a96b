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
    private static string Folder => SharedFiles.PathOf("fixtures", "hf", "image_processors");

    [SharedFact]
    public void Pixel_values_are_those_of_the_reference()
    {
        int count = 0;
        foreach (JsonProperty expected in Cases())
        {
            if (Options(expected.Name) is not { } options)
                continue;

            var processor = new SmolVlmImageProcessor(options);
            JsonElement names = expected.Value.GetProperty("images");
            SmolVlmFrames frames = processor.Frames(Image(names[0][0].GetString()!));

            Assert.Equal(expected.Value.GetProperty("rows")[0][0].GetInt32(), frames.Rows);
            Assert.Equal(expected.Value.GetProperty("cols")[0][0].GetInt32(), frames.Columns);
            Assert.Equal(
                expected.Value.GetProperty("sha256_f32_pixel_values").GetString(),
                Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(frames.Values.AsSpan()))));
            count++;
        }

        Assert.Equal(11, count);
    }

    [SharedFact]
    public void Values_and_order_are_those_of_the_stored_tensor()
    {
        var tensors = new FixtureTensors(Path.Combine(Folder, "smolvlm_small_rgb_31x200.safetensors"));
        SmolVlmFrames frames = new SmolVlmImageProcessor(Small).Frames(Image("rgb_31x200"));

        Assert.Equal([1, frames.Count, 3, 32, 32], tensors.Shape("pixel_values"));
        float[] expected = tensors.Floats("pixel_values");
        Assert.Equal(expected.Length, frames.Values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], frames.Values[i], tolerance: 1e-6f);
    }

    [SharedFact]
    public void Sizes_and_tiles_are_those_of_the_reference()
    {
        using var table = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "idefics3_sizes.json")));
        int count = 0;
        foreach (JsonElement row in table.RootElement.GetProperty("rows").EnumerateArray())
        {
            int[] n = [.. row.EnumerateArray().Select(value => value.GetInt32())];
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

        SmolVlmFrames frames = new SmolVlmImageProcessor(options).Frames(image);

        float[] expected = [-1, -1, 1, 1, 1, 1, -1, -1, -0.6f, -0.6f, -0.6f, -0.6f];
        Assert.Equal(expected.Length, frames.Values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], frames.Values[i], tolerance: 1e-6f);
        Assert.Equal(new ImageScale(2, 2, 2, 2), frames.Scale);
    }

    private static readonly SmolVlmImageOptions Small = new() { LongestEdge = 96, FrameEdge = 32 };

    private static SmolVlmImageOptions? Options(string name) => name switch
    {
        "smolvlm_small_batch" => null,   // frames of several samples, padded
        _ when name.StartsWith("smolvlm_small_nosplit", StringComparison.Ordinal) => Small with { Split = false },
        _ when name.StartsWith("smolvlm_small", StringComparison.Ordinal) => Small,
        _ when name.StartsWith("smolvlm256m", StringComparison.Ordinal) =>
            new() { LongestEdge = 2048, FrameEdge = 512 },
        _ when name.StartsWith("smolvlm2b", StringComparison.Ordinal) =>
            new() { LongestEdge = 1536, FrameEdge = 384 },
        _ => null,
    };

    private static JsonElement.ObjectEnumerator Cases() => JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Folder, "index.json"))).RootElement.GetProperty("cases").EnumerateObject();

    private static RgbImage Image(string name)
    {
        string path = Path.Combine(Folder, $"{name}.png");
        return ImageCodec.Decode(File.ReadAllBytes(path), path);
    }
}
