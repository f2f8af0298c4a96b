using System.Text.Json.Nodes;

namespace Vlm.Models.QwenVl.Export;

/// <summary>The tower and the image processor of the Qwen-VL models in the words of onnxruntime-genai.</summary>
internal static class QwenGenai
{
    /// <summary>Fields of genai_config.json's <c>vision</c>.</summary>
    internal static JsonObject Vision(JsonObject config, QwenImageOptions images) => new()
    {
        ["spatial_merge_size"] = images.MergeSize,
        ["patch_size"] = images.PatchSize,
        ["tokens_per_second"] = (config["vision_config"]?["tokens_per_second"] ?? 2.0).DeepClone(),
    };

    /// <summary>processor_config.json.</summary>
    internal static JsonObject ImageProcessor(QwenImageOptions options, QwenVlVersion version)
    {
        (string Name, string Type, JsonObject? Attributes)[] steps =
        [
            ("decode_image", "DecodeImage", new() { ["color_space"] = "RGB" }),
            ("convert_to_rgb", "ConvertRGB", null),
            ("resize", "Resize", Resize(options)),
            ("rescale", "Rescale", new() { ["rescale_factor"] = options.Rescale }),
            ("normalize", "Normalize", new()
            {
                ["mean"] = ProcessorConfig.Array(options.Mean),
                ["std"] = ProcessorConfig.Array(options.Std),
                [version.GenaiType] = 1,
            }),
            ("patch_image", "PatchImage", new()
            {
                ["patch_size"] = options.PatchSize,
                ["temporal_patch_size"] = options.TemporalPatchSize,
                ["merge_size"] = options.MergeSize,
            }),
        ];
        return new JsonObject
        {
            ["processor"] = new JsonObject
            {
                ["name"] = version.GenaiImageProcessor,
                ["transforms"] = new JsonArray([.. steps.Select(step => Step(step.Name, step.Type, step.Attributes))]),
            },
        };
    }

    // The client asks for a width and a height, and goes by the areas.
    private static JsonObject Resize(QwenImageOptions options) => new()
    {
        ["width"] = options.PatchSize * options.MergeSize,
        ["height"] = options.PatchSize * options.MergeSize,
        ["smart_resize"] = 1,
        ["min_pixels"] = options.MinPixels,
        ["max_pixels"] = options.MaxPixels,
        ["patch_size"] = options.PatchSize,
        ["merge_size"] = options.MergeSize,
    };

    private static JsonObject Step(string name, string type, JsonObject? attributes)
    {
        var operation = new JsonObject { ["name"] = name, ["type"] = type };
        if (attributes is not null)
            operation["attrs"] = attributes;
        return new JsonObject { ["operation"] = operation };
    }
}
