using System.Text.Json;
using Vlm.Images;
using Vlm.Models.QwenVl;
using Vlm.Models.SmolVlm;
using Vlm.Testing;

namespace Vlm.Tests.Images;

/// <summary>preprocessor_config.json and processor_config.json.</summary>
public sealed class ImageOptionFilesTests : IDisposable
{
    private const string Old = "preprocessor_config.json", New = "processor_config.json";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-image-options-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_empty_file_takes_the_familys_defaults()
    {
        Write(Old, "{}");

        Assert.Equivalent(QwenImageOptions.Qwen2, Qwen(QwenImageOptions.Qwen2), strict: true);
        Assert.Equivalent(QwenImageOptions.Qwen3, Qwen(QwenImageOptions.Qwen3), strict: true);
        Assert.Equivalent(
            new SmolVlmImageOptions { LongestEdge = 1456, FrameEdge = 364 },
            SmolVlmProcessorFiles.ImageOptions(_folder), strict: true);
    }

    // 56 x 56 = 3136, 28 x 28 x 1280 = 1003520, 256 x 256 = 65536, 4096 x 4096 = 16777216.
    [Fact]
    public void The_families_defaults_are_those_of_transformers()
    {
        QwenImageOptions two = QwenImageOptions.Qwen2, three = QwenImageOptions.Qwen3;

        Assert.Equal((14, 2, 2, 28), (two.PatchSize, two.TemporalPatchSize, two.MergeSize, two.Factor));
        Assert.Equal((3136, 1003520), (two.MinPixels, two.MaxPixels));
        Assert.Equal([0.48145466f, 0.4578275f, 0.40821073f], two.Mean);
        Assert.Equal([0.26862954f, 0.26130258f, 0.27577711f], two.Std);
        Assert.Equal((ResizeFilter.Bicubic, 1 / 255.0, true), (two.Filter, two.Rescale, two.Resize));
        Assert.Equal((16, 2, 2, 32), (three.PatchSize, three.TemporalPatchSize, three.MergeSize, three.Factor));
        Assert.Equal((65536, 16777216), (three.MinPixels, three.MaxPixels));
        Assert.Equal([0.5f, 0.5f, 0.5f], three.Mean);
        Assert.Equal([0.5f, 0.5f, 0.5f], three.Std);
    }

    [Fact]
    public void The_newer_place_wins_and_without_its_part_the_older_one_counts()
    {
        Write(Old, """{"patch_size": 3, "size": {"longest_edge": 70000}, "max_image_size": {"longest_edge": 33}}""");
        Write(New, """
            {"processor_class": "x", "image_processor": {
                "patch_size": 5, "size": {"longest_edge": 80000}, "max_image_size": {"longest_edge": 44}}}
            """);
        Assert.Equal((5, 80000), (Qwen(QwenImageOptions.Qwen2).PatchSize, Qwen(QwenImageOptions.Qwen2).MaxPixels));
        Assert.Equal((80000, 44), Smol());

        foreach (string other in (string[])["""{"image_seq_len": 7}""", """{"image_processor": null}"""])
        {
            Write(New, other);
            Assert.Equal((3, 70000), (Qwen(QwenImageOptions.Qwen2).PatchSize, Qwen(QwenImageOptions.Qwen2).MaxPixels));
            Assert.Equal((70000, 33), Smol());
        }
    }

    [Theory]
    [InlineData("""{"min_pixels": 11, "max_pixels": 22}""", 11, 22)]
    [InlineData("""{"size": {"shortest_edge": 11, "longest_edge": 22}}""", 11, 22)]
    [InlineData("""{"size": {"min_pixels": 11, "max_pixels": 22}}""", 11, 22)]
    [InlineData("""{"size": {"shortest_edge": 11, "longest_edge": 22}, "max_pixels": 33}""", 11, 33)]
    [InlineData("""{"size": {"shortest_edge": 11, "longest_edge": 22}, "min_pixels": null}""", 11, 22)]
    [InlineData("""{"size": {"longest_edge": 12845056}}""", 3136, 12845056)]
    [InlineData("""{"max_pixels": 99999999999}""", 3136, 99999999999)]
    [InlineData("""{"size": null}""", 3136, 1003520)]
    public void The_limits_have_four_names(string json, long min, long max)
    {
        Write(Old, json);

        QwenImageOptions options = Qwen(QwenImageOptions.Qwen2);

        Assert.Equal((min, max), (options.MinPixels, options.MaxPixels));
    }

    [Fact]
    public void Flags_switch_steps_off()
    {
        Write(Old, """
            {"do_resize": false, "do_rescale": false, "rescale_factor": 0.5, "do_normalize": false,
             "image_mean": [1, 2, 3], "image_std": [4, 5, 6], "do_image_splitting": false, "resample": 2}
            """);

        QwenImageOptions qwen = Qwen(QwenImageOptions.Qwen2);
        SmolVlmImageOptions smol = SmolVlmProcessorFiles.ImageOptions(_folder);

        Assert.Equal((false, 1.0, ResizeFilter.Bilinear), (qwen.Resize, qwen.Rescale, qwen.Filter));
        Assert.Equal([0, 0, 0], qwen.Mean);
        Assert.Equal([1, 1, 1], qwen.Std);
        Assert.Equal((false, false, 1.0, ResizeFilter.Bilinear), (smol.Resize, smol.Split, smol.Rescale, smol.Filter));
        Assert.Equal([0, 0, 0], smol.Mean);
        Assert.Equal([1, 1, 1], smol.Std);
    }

    [Fact]
    public void Written_options_are_read_back_whatever_the_defaults()
    {
        var options = new QwenImageOptions
        {
            PatchSize = 4,
            TemporalPatchSize = 1,
            MergeSize = 3,
            MinPixels = 144,
            MaxPixels = 1600,
            Resize = false,
            Filter = ResizeFilter.Lanczos,
            Rescale = 0.25,
            Mean = [0.1f, 0.2f, 0.48145466f],
            Std = [0.4f, 0.5f, 0.6f],
        };

        QwenImageFiles.Write(_folder, options, "Qwen2_5_VLProcessor");

        Assert.Equivalent(options, Qwen(QwenImageOptions.Qwen2), strict: true);
        Assert.Equivalent(options, Qwen(QwenImageOptions.Qwen3), strict: true);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, Old)));
        Assert.Equal("Qwen2_5_VLProcessor", json.RootElement.GetProperty("processor_class").GetString());
        Assert.Equal(
            ["do_convert_rgb", "do_normalize", "do_rescale", "do_resize", "image_mean", "image_processor_type",
                "image_std", "max_pixels", "merge_size", "min_pixels", "patch_size", "processor_class", "resample",
                "rescale_factor", "size", "temporal_patch_size"],
            json.RootElement.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("tiny_qwen2_vl", 0.48145466f)]
    [InlineData("tiny_qwen2_5_vl", 0.48145466f)]
    [InlineData("tiny_qwen3_vl", 0.5f)]
    public void A_checkpoints_file_is_read(string model, float mean)
    {
        QwenImageOptions options = QwenImageFiles.Options(
            Fixtures.PathOf(model), new QwenImageOptions { Mean = [9, 9, 9] });

        Assert.Equal((4, 2, 2, 256, 1600),
            (options.PatchSize, options.TemporalPatchSize, options.MergeSize, options.MinPixels, options.MaxPixels));
        Assert.Equal(mean, options.Mean[0]);
    }

    [Theory]
    [InlineData("""{"patch_size": 0}""", "\"patch_size\" is 0 and must be a whole number from 1 to 1024")]
    [InlineData("""{"merge_size": -2}""", "\"merge_size\" is -2 and must be a whole number from 1 to 1024")]
    [InlineData("""{"temporal_patch_size": "2"}""", "\"temporal_patch_size\" is \"2\" and must be a whole number from 1 to 1024")]
    [InlineData("""{"patch_size": 99999}""", "\"patch_size\" is 99999 and must be a whole number from 1 to 1024")]
    [InlineData("""{"min_pixels": 1e99}""", "\"min_pixels\" is 1e99 and must be a whole number from 1 to 89478485")]
    [InlineData("""{"min_pixels": 9, "max_pixels": 8}""", "min_pixels 9 is above max_pixels 8")]
    [InlineData("""{"resample": 6}""", "\"resample\" is 6 and must be a whole number from 1 to 5")]
    [InlineData("""{"resample": "bicubic"}""", "\"resample\" is \"bicubic\" and must be a whole number from 1 to 5")]
    [InlineData("""{"do_resize": "no"}""", "\"do_resize\" is \"no\" and must be true or false")]
    [InlineData("""{"rescale_factor": [1]}""", "\"rescale_factor\" is [1] and must be a number above 0, and at most 1000")]
    [InlineData("""{"image_mean": [0.5, 0.5]}""", "\"image_mean\" is [0.5,0.5] and must be 3 numbers")]
    [InlineData("""{"image_std": 0.5}""", "\"image_std\" is 0.5 and must be 3 numbers")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "\"image_std\" is [1,0,1] and must be 3 numbers from 0.0001 to 10000, which divide")]
    [InlineData("""{"size": 5}""", "\"size\" is 5 and must be an object")]
    [InlineData("[1]", "the file is not a JSON object")]
    public void A_wrong_field_is_named_with_its_value(string json, string message)
    {
        Write(Old, json);

        var error = Assert.Throws<UsageException>(() => Qwen(QwenImageOptions.Qwen2));

        Assert.Equal((message, Path.Combine(_folder, Old)), (error.Message, error.Where));
        Assert.EndsWith("download the file again", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"size": {"longest_edge": 0}}""", "\"size.longest_edge\" is 0 and must be a whole number from 1 to 1000000")]
    [InlineData("""{"max_image_size": {"longest_edge": 4097}}""",
        "\"max_image_size.longest_edge\" is 4097 and must be a whole number from 1 to 4096")]
    [InlineData("""{"size": {"height": 5, "width": 5}}""", "\"size.longest_edge\" is missing, and must be a number of pixels")]
    public void A_wrong_size_of_frames_is_named_with_its_value(string json, string message)
    {
        Write(Old, json);

        var error = Assert.Throws<UsageException>(() => SmolVlmProcessorFiles.ImageOptions(_folder));

        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"size\": 5}")]
    [InlineData("{\"size\": [5]}")]
    [InlineData("{\"image_mean\": [[1], 2, 3]}")]
    public void A_broken_file_is_named(string json)
    {
        foreach (var (name, text) in new[] { (Old, json), (New, $"{{\"image_processor\": {json}}}"), (New, "[]") })
        {
            File.Delete(Path.Combine(_folder, Old));
            Write(name, text);
            Assert.Equal(
                Path.Combine(_folder, name), Assert.Throws<UsageException>(() => Qwen(QwenImageOptions.Qwen2)).Where);
            Assert.Equal(
                Path.Combine(_folder, name),
                Assert.Throws<UsageException>(() => SmolVlmProcessorFiles.ImageOptions(_folder)).Where);
        }
    }

    [Fact]
    public void A_folder_without_either_file_is_named()
    {
        Assert.Equal(
            $"error: there is no preprocessor_config.json\n   at: {_folder}\n"
            + "  try: a folder as Hugging Face checkpoints have it",
            Assert.Throws<UsageException>(() => Qwen(QwenImageOptions.Qwen2)).Render());
    }

    private void Write(string name, string json) => File.WriteAllText(Path.Combine(_folder, name), json);

    [Fact]
    public void A_size_of_height_and_width_is_another_processors()
    {
        Write(Old, """{"min_pixels": 256, "max_pixels": 1600, "size": {"height": 32, "width": 32}}""");

        Assert.StartsWith("\"size\" is {\"height\":32,\"width\":32} and must be shortest_edge and longest_edge",
            Assert.Throws<UsageException>(() => Qwen(QwenImageOptions.Qwen2)).Message, StringComparison.Ordinal);
    }

    private QwenImageOptions Qwen(QwenImageOptions defaults) => QwenImageFiles.Options(_folder, defaults);

    private (int, int) Smol()
    {
        SmolVlmImageOptions options = SmolVlmProcessorFiles.ImageOptions(_folder);
        return (options.LongestEdge, options.FrameEdge);
    }
}
