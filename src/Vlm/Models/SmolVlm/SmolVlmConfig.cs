using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Layers;

namespace Vlm.Models.SmolVlm;

/// <summary>Sizes of the vision tower.</summary>
public sealed record SmolVlmVisionConfig
{
    /// <summary>Width of a patch's vector.</summary>
    public int HiddenSize { get; init; } = 1152;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 3072;

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
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Numbers per head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Rows of the embedding; may exceed the tokenizer's ids.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Most tokens in a prompt and its completion together.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>How they are stretched; null for not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Added to the mean square in norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The decoder's sizes.</summary>
    internal DecoderConfig Decoder => new(
        new AttentionConfig(HiddenSize, Heads, KvHeads, HeadDim), IntermediateSize, Layers, VocabSize, MaxPositions, RopeTheta, Epsilon)
    {
        RopeScaling = RopeScaling,
    };
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
        var config = JsonReader.Config(json, where);
        JsonReader text = config.Part("text_config");
        text.Only("model_type", "llama");
        text.Activation("hidden_act", "silu");
        (int heads, int width) = (text.Required("num_attention_heads"), text.Required("hidden_size"));
        (RopeScaling? scaling, int positions) = text.RopeScaling(text.Size("max_position_embeddings") ?? 2048);
        var read = new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = width,
                IntermediateSize = text.Required("intermediate_size"),
                Layers = text.Required("num_hidden_layers"),
                Heads = heads,
                KvHeads = text.Size("num_key_value_heads") ?? heads,
                HeadDim = text.Size("head_dim") ?? width / Math.Max(1, heads),
                VocabSize = text.Required("vocab_size"),
                MaxPositions = positions,
                RopeTheta = text.RopeTheta() ?? 10000,
                RopeScaling = scaling,
                Epsilon = text.Epsilon("rms_norm_eps") ?? 1e-6,
            },
            Vision = ReadVision(config.Part("vision_config")),
            ScaleFactor = config.Size("scale_factor") ?? 2,
            ImageToken = config.ImageToken(absent: null, text.Required("vocab_size")),
            TiedHead = config.Flag("tie_word_embeddings") ?? text.Flag("tie_word_embeddings") ?? false,
        };
        read.Check(config);
        return read;
    }

    private static SmolVlmVisionConfig ReadVision(JsonReader vision)
    {
        var standard = new SmolVlmVisionConfig();
        vision.Activation("hidden_act", "gelu_pytorch_tanh");
        return new SmolVlmVisionConfig
        {
            HiddenSize = vision.Size("hidden_size") ?? standard.HiddenSize,
            IntermediateSize = vision.Size("intermediate_size") ?? standard.IntermediateSize,
            Layers = vision.Size("num_hidden_layers") ?? standard.Layers,
            Heads = vision.Size("num_attention_heads") ?? standard.Heads,
            ImageSize = vision.Size("image_size") ?? standard.ImageSize,
            PatchSize = vision.Size("patch_size") ?? standard.PatchSize,
            Epsilon = vision.Epsilon("layer_norm_eps") ?? standard.Epsilon,
        };
    }

    private void Check(JsonReader json)
    {
        json.Part("text_config").Heads(Text.Decoder.Attention);
        json.Divides("vision_config.num_attention_heads", Vision.Heads, "hidden_size", Vision.HiddenSize);
        json.Divides("vision_config.patch_size", Vision.PatchSize, "image_size", Vision.ImageSize, exact: false);
        json.Divides("scale_factor", ScaleFactor, "the patches on a side", Vision.Side);
    }
}
