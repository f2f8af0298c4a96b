using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>How pictures and prompts are prepared, in a checkpoint's folder.</summary>
public static class SmolVlmProcessorFiles
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Writes <c>preprocessor_config.json</c> and <c>processor_config.json</c>, with every field.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">How pictures are cut into frames.</param>
    /// <param name="tokensPerFrame">Image tokens of one frame.</param>
    public static void Write(string folder, SmolVlmImageOptions options, int tokensPerFrame)
    {
        static JsonObject Edge(int pixels) => new() { ["longest_edge"] = pixels };
        static JsonArray Array(IEnumerable<float> values) => [.. values.Select(value => JsonValue.Create(value))];

        Write(folder, "preprocessor_config.json", new JsonObject
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
            ["image_mean"] = Array(options.Mean),
            ["image_std"] = Array(options.Deviation),
            ["do_pad"] = true,
        });
        Write(folder, "processor_config.json", new JsonObject
        {
            ["image_seq_len"] = tokensPerFrame,
            ["processor_class"] = "SmolVLMProcessor",
        });
    }

    private static void Write(string folder, string name, JsonObject json) =>
        File.WriteAllText(Path.Combine(folder, name), json.ToJsonString(s_json) + "\n");

    /// <summary>
    /// preprocessor_config.json, or the <c>image_processor</c> that newer folders nest in processor_config.json.
    /// </summary>
    /// <exception cref="UsageException">Neither file is there, or a field is missing or wrong.</exception>
    public static SmolVlmImageOptions ImageOptions(string folder)
    {
        if (Read(folder, "processor_config.json") is { } processor
            && processor.TryGetProperty("image_processor", out JsonElement nested))
            return Parse(nested, Path.Combine(folder, "processor_config.json"));

        return Read(folder, "preprocessor_config.json") is { } json
            ? Parse(json, Path.Combine(folder, "preprocessor_config.json"))
            : throw new UsageException(
                "there is no preprocessor_config.json", folder, "a folder as Hugging Face checkpoints have it");
    }

    /// <summary>Image tokens of one frame: <c>image_seq_len</c>, or what config.json's sizes give.</summary>
    public static int TokensPerFrame(string folder)
    {
        if (Read(folder, "processor_config.json") is { } processor
            && processor.TryGetProperty("image_seq_len", out JsonElement length))
            return Guard(Path.Combine(folder, "processor_config.json"), length.GetInt32);

        JsonElement config = Config(folder);
        return Guard(Path.Combine(folder, "config.json"), () =>
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
        return Guard(Path.Combine(folder, "config.json"), () =>
            config.TryGetProperty("text_config", out JsonElement text)
            && text.TryGetProperty("max_position_embeddings", out JsonElement length) ? length.GetInt32() : 2048);
    }

    private static JsonElement Config(string folder) => Read(folder, "config.json")
        ?? throw new UsageException("there is no config.json", folder, "a folder as Hugging Face checkpoints have it");

    private static JsonElement? Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        return Guard(path, () =>
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.Clone();
        });
    }

    private static SmolVlmImageOptions Parse(JsonElement json, string path) => Guard(path, () => new SmolVlmImageOptions
    {
        LongestEdge = json.GetProperty("size").GetProperty("longest_edge").GetInt32(),
        FrameEdge = json.GetProperty("max_image_size").GetProperty("longest_edge").GetInt32(),
        Resize = Flag(json, "do_resize"),
        Split = Flag(json, "do_image_splitting"),
        Filter = json.TryGetProperty("resample", out JsonElement filter)
            ? FilterOf(filter.GetInt32())
            : ResizeFilter.Lanczos,
        Rescale = !Flag(json, "do_rescale") ? 1
            : json.TryGetProperty("rescale_factor", out JsonElement factor) ? factor.GetDouble() : 1.0 / 255,
        Mean = Flag(json, "do_normalize") ? Channels(json, "image_mean") : [0, 0, 0],
        Deviation = Flag(json, "do_normalize") ? Channels(json, "image_std") : [1, 1, 1],
    });

    private static bool Flag(JsonElement json, string name) =>
        !json.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.False;

    private static ResizeFilter FilterOf(int number) => Enum.IsDefined((ResizeFilter)number)
        ? (ResizeFilter)number
        : throw new FormatException($"resample {number} is not known here");

    private static float[] Channels(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out JsonElement values))
            return [0.5f, 0.5f, 0.5f];
        float[] channels = [.. values.EnumerateArray().Select(value => value.GetSingle())];
        return channels.Length == 3
            ? channels
            : throw new FormatException($"{name} has {channels.Length} channels, not 3");
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or DivideByZeroException)
        {
            throw new UsageException($"the file cannot be read: {e.Message}", path, "the file as its authors wrote it");
        }
    }
}
