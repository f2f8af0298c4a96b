using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Layers;

namespace Vlm.Models.SmolVlm;

/// <summary>Sizes of the vision tower.</summary>
public sealed record SmolVlmVisionConfig
{
    /// <summary>Width of a patch's vector.</summary>
    public int Width { get; init; } = 1152;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int Inner { get; init; } = 3072;

    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Side of a frame in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Added to the variance in layer norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Patches along one side of a frame.</summary>
    public int Side => ImageSize / PatchSize;
}

/// <summary>Sizes of the language model.</summary>
public sealed record SmolVlmTextConfig
{
    /// <summary>Model width.</summary>
    public required int Width { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int Inner { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Numbers per head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Rows of the embedding; may exceed the tokenizer's ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Most tokens in a prompt and its completion together.</summary>
    public int Context { get; init; } = 2048;

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Added to the mean square in norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The decoder's sizes.</summary>
    internal DecoderConfig Decoder => new(
        new AttentionConfig(Width, Heads, KvHeads, HeadWidth), Inner, Layers, Vocabulary, Context, RopeTheta, Epsilon);
}

/// <summary>A SmolVLM, SmolVLM2 or Idefics3 model, as config.json describes it.</summary>
/// <remarks>Missing fields take the defaults of the reference implementation, which published configurations rely on.</remarks>
public sealed record SmolVlmConfig
{
    /// <summary>The vision tower.</summary>
    public required SmolVlmVisionConfig Vision { get; init; }

    /// <summary>The language model.</summary>
    public required SmolVlmTextConfig Text { get; init; }

    /// <summary>Patches along one side that the connector folds into one token.</summary>
    public int ScaleFactor { get; init; } = 2;

    /// <summary>The placeholder token that an image vector replaces.</summary>
    public required int ImageToken { get; init; }

    /// <summary>True where the output layer is the embedding.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Tokens that one frame becomes.</summary>
    public int TokensPerFrame => Vision.Side / ScaleFactor * (Vision.Side / ScaleFactor);

    /// <summary>Reads config.json.</summary>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public static SmolVlmConfig Read(JsonObject json, string where)
    {
        JsonObject text = json["text_config"] as JsonObject ?? [];
        JsonObject vision = json["vision_config"] as JsonObject ?? [];
        int heads = Need(text, "num_attention_heads", where);
        int width = Need(text, "hidden_size", where);
        var config = new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                Width = width,
                Inner = Need(text, "intermediate_size", where),
                Layers = Need(text, "num_hidden_layers", where),
                Heads = heads,
                KvHeads = Integer(text, "num_key_value_heads", heads, where),
                HeadWidth = Integer(text, "head_dim", width / Math.Max(1, heads), where),
                Vocabulary = Need(text, "vocab_size", where),
                Context = Integer(text, "max_position_embeddings", 2048, where),
                RopeTheta = RopeTheta(text),
                Epsilon = Number(text, "rms_norm_eps", 1e-6),
            },
            Vision = ReadVision(vision, where),
            ScaleFactor = Integer(json, "scale_factor", 2, where),
            ImageToken = json.ContainsKey("image_token_id") ? Need(json, "image_token_id", where)
                : Need(json, "image_token_index", where),
            TiedHead = (json["tie_word_embeddings"] ?? text["tie_word_embeddings"])?.GetValue<bool>() ?? false,
        };
        config.Check(where);
        return config;
    }

    private static SmolVlmVisionConfig ReadVision(JsonObject vision, string where)
    {
        var standard = new SmolVlmVisionConfig();
        return new SmolVlmVisionConfig
        {
            Width = Integer(vision, "hidden_size", standard.Width, where),
            Inner = Integer(vision, "intermediate_size", standard.Inner, where),
            Layers = Integer(vision, "num_hidden_layers", standard.Layers, where),
            Heads = Integer(vision, "num_attention_heads", standard.Heads, where),
            ImageSize = Integer(vision, "image_size", standard.ImageSize, where),
            PatchSize = Integer(vision, "patch_size", standard.PatchSize, where),
            Epsilon = Number(vision, "layer_norm_eps", standard.Epsilon),
        };
    }

    private static double RopeTheta(JsonObject text) =>
        text["rope_parameters"] is JsonObject rope && rope.ContainsKey("rope_theta")
            ? Number(rope, "rope_theta", 10000) : Number(text, "rope_theta", 10000);

    private void Check(string where)
    {
        Divides("text_config.num_key_value_heads", Text.KvHeads, "num_attention_heads", Text.Heads, where);
        Divides("vision_config.num_attention_heads", Vision.Heads, "hidden_size", Vision.Width, where);
        Divides("vision_config.patch_size", Vision.PatchSize, "image_size", Vision.ImageSize, where, exact: false);
        Divides("scale_factor", ScaleFactor, "the patches on a side", Vision.Side, where);
    }

    private static void Divides(string name, int part, string wholeName, int whole, string where, bool exact = true)
    {
        if (part < 1 || whole < part || (exact && whole % part != 0))
            throw new UsageException($"{name} ({part}) must divide {wholeName} ({whole})", where,
                "use the config.json the weights came with");
    }

    private static int Need(JsonObject json, string name, string where) => new ConfigJson(json, where).Need(name);

    private static int Integer(JsonObject json, string name, int otherwise, string where) =>
        new ConfigJson(json, where).Integer(name, otherwise);

    private static double Number(JsonObject json, string name, double otherwise) =>
        json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            ? value.GetValue<double>() : otherwise;
}
