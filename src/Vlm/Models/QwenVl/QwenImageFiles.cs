using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Images;

namespace Vlm.Models.QwenVl;

/// <summary>How images are prepared, in a checkpoint's folder.</summary>
public static class QwenImageFiles
{
    private const int LargestPatch = 1024;

    /// <summary>
    /// Reads preprocessor_config.json, or the <c>image_processor</c> that newer folders nest in processor_config.json.
    /// </summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="defaults">
    /// The family's, for fields the file lacks: <see cref="QwenImageOptions.Qwen2"/> or
    /// <see cref="QwenImageOptions.Qwen3"/>.
    /// </param>
    /// <exception cref="UsageException">Neither file is there, or a field is wrong.</exception>
    public static QwenImageOptions Options(string folder, QwenImageOptions defaults) =>
        Parse(ProcessorConfig.Image(folder), defaults);

    /// <summary>
    /// Writes <c>preprocessor_config.json</c> with every field: readers in other languages know no defaults.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">How images are cut into patches.</param>
    /// <param name="processorClass">
    /// transformers' name: <c>Qwen2VLProcessor</c>, <c>Qwen2_5_VLProcessor</c> or <c>Qwen3VLProcessor</c>.
    /// </param>
    public static void Write(string folder, QwenImageOptions options, string processorClass) =>
        ProcessorConfig.Write(folder, ProcessorConfig.ImageFile, new JsonObject
        {
            ["image_processor_type"] = "Qwen2VLImageProcessor",
            ["processor_class"] = processorClass,
            ["do_convert_rgb"] = true,
            ["do_resize"] = options.Resize,
            ["size"] = new JsonObject { ["shortest_edge"] = options.MinPixels, ["longest_edge"] = options.MaxPixels },
            ["min_pixels"] = options.MinPixels,
            ["max_pixels"] = options.MaxPixels,
            ["resample"] = (int)options.Filter,
            ["do_rescale"] = true,
            ["rescale_factor"] = options.Rescale,
            ["do_normalize"] = true,
            ["image_mean"] = ProcessorConfig.Array(options.Mean),
            ["image_std"] = ProcessorConfig.Array(options.Std),
            ["patch_size"] = options.PatchSize,
            ["temporal_patch_size"] = options.TemporalPatchSize,
            ["merge_size"] = options.MergeSize,
        });

    private static QwenImageOptions Parse(JsonReader json, QwenImageOptions defaults)
    {
        int Small(string name, int absent) => json.Integer(name, least: 1, most: LargestPatch) ?? absent;

        var options = new QwenImageOptions
        {
            PatchSize = Small("patch_size", defaults.PatchSize),
            TemporalPatchSize = Small("temporal_patch_size", defaults.TemporalPatchSize),
            MergeSize = Small("merge_size", defaults.MergeSize),
            MinPixels = Area(json, "min_pixels", "shortest_edge", DecodeOptions.DefaultMaxPixels) ?? defaults.MinPixels,
            MaxPixels = Area(json, "max_pixels", "longest_edge", long.MaxValue) ?? defaults.MaxPixels,
            Resize = json.Does("do_resize"),
            Filter = json.Filter() ?? defaults.Filter,
            Rescale = json.Rescale(),
            Mean = json.Mean(defaults.Mean),
            Std = json.Std(defaults.Std),
        };
        return options.MinPixels <= options.MaxPixels
            ? options
            : throw json.Invalid($"min_pixels {options.MinPixels} is above max_pixels {options.MaxPixels}");
    }

    // transformers: min_pixels and max_pixels win over size, whose "edges" are areas. 4.45 to 4.48 wrote the same names
    // into size.
    private static long? Area(JsonReader json, string name, string edge, long most)
    {
        JsonReader size = json.Part("size");
        if (size.Has("height") || size.Has("width"))
            throw json.Wrong("size", "shortest_edge and longest_edge, the fewest and most pixels: the family keeps the shape of images");
        return json.Whole(name, 1, most) ?? size.Whole(edge, 1, most) ?? size.Whole(name, 1, most);
    }
}
