using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>How pictures and prompts are prepared, in a checkpoint's folder.</summary>
public static class SmolVlmProcessorFiles
{
    // What Idefics3ImageProcessor and SmolVLMImageProcessor take where a file says nothing: four frames to a side.
    private const int DefaultFrame = 364;

    // No picture is made larger than this before it is cut, so a larger frame is a mistake in the file.
    private const int LargestFrame = 4096;

    /// <summary>Writes <c>preprocessor_config.json</c> and <c>processor_config.json</c>, with every field.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">How pictures are cut into frames.</param>
    /// <param name="tokensPerFrame">Image tokens of one frame.</param>
    public static void Write(string folder, SmolVlmImageOptions options, int tokensPerFrame)
    {
        static JsonObject Edge(int pixels) => new() { ["longest_edge"] = pixels };

        ProcessorJson.Write(folder, ProcessorJson.Preprocessor, new JsonObject
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
            ["image_mean"] = ProcessorJson.Array(options.Mean),
            ["image_std"] = ProcessorJson.Array(options.Deviation),
            ["do_pad"] = true,
        });
        ProcessorJson.Write(folder, ProcessorJson.Processor, new JsonObject
        {
            ["image_seq_len"] = tokensPerFrame,
            ["processor_class"] = "SmolVLMProcessor",
        });
    }

    /// <summary>
    /// preprocessor_config.json, or the <c>image_processor</c> that newer folders nest in processor_config.json.
    /// </summary>
    /// <exception cref="UsageException">Neither file is there, or a field is missing or wrong.</exception>
    public static SmolVlmImageOptions ImageOptions(string folder) => ProcessorJson.Image(folder, Parse);

    /// <summary>Image tokens of one frame: <c>image_seq_len</c>, or what config.json's sizes give.</summary>
    public static int TokensPerFrame(string folder)
    {
        if (ProcessorJson.Read(folder, ProcessorJson.Processor) is { } processor
            && ProcessorJson.Find(processor, "image_seq_len") is not null)
            return ProcessorJson.Guard(
                Path.Combine(folder, ProcessorJson.Processor),
                () => (int)ProcessorJson.Count(processor, "image_seq_len", absent: 0));

        JsonElement config = Config(folder);
        return ProcessorJson.Guard(Path.Combine(folder, "config.json"), () =>
        {
            JsonElement vision = config.GetProperty("vision_config");
            int side = vision.GetProperty("image_size").GetInt32() / vision.GetProperty("patch_size").GetInt32();
            int scale = config.TryGetProperty("scale_factor", out JsonElement value) ? value.GetInt32() : 2;
            return side * side / (scale * scale);
        });
    }

    /// <summary>Most tokens the text model takes: <c>text_config.max_position_embeddings</c>.</summary>
    public static int ContextLength(string folder)
    {
        JsonElement config = Config(folder);
        return ProcessorJson.Guard(Path.Combine(folder, "config.json"), () =>
            config.TryGetProperty("text_config", out JsonElement text)
            && text.TryGetProperty("max_position_embeddings", out JsonElement length) ? length.GetInt32() : 2048);
    }

    private static JsonElement Config(string folder) =>
        ProcessorJson.Read(folder, "config.json") ?? throw ProcessorJson.Missing(folder, "config.json");

    private static SmolVlmImageOptions Parse(JsonElement json) => new()
    {
        LongestEdge = Edge(json, "size", 4 * DefaultFrame, most: 1_000_000),
        FrameEdge = Edge(json, "max_image_size", DefaultFrame, most: LargestFrame),
        Resize = ProcessorJson.Flag(json, "do_resize"),
        Split = ProcessorJson.Flag(json, "do_image_splitting"),
        Filter = ProcessorJson.Filter(json, ResizeFilter.Lanczos),
        Rescale = ProcessorJson.Rescale(json),
        Mean = ProcessorJson.Mean(json, [0.5f, 0.5f, 0.5f]),
        Deviation = ProcessorJson.Deviation(json, [0.5f, 0.5f, 0.5f]),
    };

    private static int Edge(JsonElement json, string name, int absent, int most)
    {
        if (ProcessorJson.Find(json, name) is not { } size)
            return absent;
        return ProcessorJson.Find(size, "longest_edge") is not null
            ? (int)ProcessorJson.Count(size, "longest_edge", absent, most)
            : throw new FormatException($"{name} has no longest_edge");
    }
}
