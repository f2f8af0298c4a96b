using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>How images and prompts are prepared, in a checkpoint's folder.</summary>
public static class SmolVlmProcessorFiles
{
    // What Idefics3ImageProcessor and SmolVLMImageProcessor take where a file says nothing: four frames to a side.
    private const int DefaultFrame = 364;

    // No image is made larger than this before it is cut, so a larger frame is a mistake in the file.
    private const int LargestFrame = 4096;

    /// <summary>Writes <c>preprocessor_config.json</c> and <c>processor_config.json</c>, with every field.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">How images are cut into frames.</param>
    /// <param name="tokensPerFrame">Image tokens of one frame.</param>
    public static void Write(string folder, SmolVlmImageOptions options, int tokensPerFrame)
    {
        static JsonObject Edge(int pixels) => new() { ["longest_edge"] = pixels };

        ProcessorConfig.Write(folder, ProcessorConfig.ImageFile, new JsonObject
        {
            ["image_processor_type"] = "SmolVLMImageProcessor",
            ["processor_class"] = "SmolVLMProcessor",
            ["do_convert_rgb"] = true,
            ["do_resize"] = options.Resize,
            ["size"] = Edge(options.LongestEdge),
            ["resample"] = (int)options.Filter,
            ["do_image_splitting"] = options.Split,
            ["max_image_size"] = Edge(options.FrameEdge),
            ["do_rescale"] = true,
            ["rescale_factor"] = options.Rescale,
            ["do_normalize"] = true,
            ["image_mean"] = ProcessorConfig.Array(options.Mean),
            ["image_std"] = ProcessorConfig.Array(options.Std),
            ["do_pad"] = true,
        });
        ProcessorConfig.Write(folder, ProcessorConfig.File, new JsonObject
        {
            ["image_seq_len"] = tokensPerFrame,
            ["processor_class"] = "SmolVLMProcessor",
        });
    }

    /// <summary>
    /// preprocessor_config.json, or the <c>image_processor</c> that newer folders nest in processor_config.json.
    /// </summary>
    /// <exception cref="UsageException">Neither file is there, or a field is missing or wrong.</exception>
    public static SmolVlmImageOptions ImageOptions(string folder) => Parse(ProcessorConfig.Image(folder));

    /// <summary>Image tokens of one frame: <c>image_seq_len</c>, or what config.json's sizes give.</summary>
    /// <exception cref="UsageException">A file or field is missing or wrong.</exception>
    public static int TokensPerFrame(string folder)
    {
        if (ProcessorConfig.Read(folder, ProcessorConfig.File)?.Integer("image_seq_len", least: 1) is { } tokens)
            return tokens;

        JsonReader config = Config(folder), vision = config.Part("vision_config");
        (int image, int patch, int scale) = (vision.Required("image_size"), vision.Required("patch_size"), config.Size("scale_factor") ?? 2);
        config.Positive("vision_config.patch_size", patch);
        config.Positive("scale_factor", scale);
        int side = image / patch;
        return side * side / (scale * scale);
    }

    /// <summary>Most tokens the text model takes: <c>text_config.max_position_embeddings</c>.</summary>
    /// <exception cref="UsageException">config.json is missing, or the field is wrong.</exception>
    public static int ContextLength(string folder)
    {
        JsonReader text = Config(folder).Part("text_config");
        return text.RopeScaling(text.Size("max_position_embeddings") ?? 2048).Positions;
    }

    private static JsonReader Config(string folder) => ProcessorConfig.Read(folder, "config.json")
        ?? throw ProcessorConfig.Missing(folder, "config.json");

    private static SmolVlmImageOptions Parse(JsonReader json) => new()
    {
        LongestEdge = Edge(json, "size", most: 1_000_000) ?? 4 * DefaultFrame,
        FrameEdge = Edge(json, "max_image_size", most: LargestFrame) ?? DefaultFrame,
        Resize = json.Does("do_resize"),
        Split = json.Does("do_image_splitting"),
        Filter = json.Filter() ?? ResizeFilter.Lanczos,
        Rescale = json.Rescale(),
        Mean = json.Mean([0.5f, 0.5f, 0.5f]),
        Std = json.Std([0.5f, 0.5f, 0.5f]),
    };

    private static int? Edge(JsonReader json, string name, int most)
    {
        const string Longest = "longest_edge";
        if (!json.Has(name))
            return null;
        JsonReader size = json.Part(name);
        return size.Integer(Longest, least: 1, most) ?? throw size.Missing(Longest, "a number of pixels");
    }
}
