using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Vlm.Rewards.Learned;

/// <summary>Sizes of one tower of <see cref="ClipModel"/>.</summary>
/// <param name="HiddenSize">Width of a vector.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Of each block's attention; they divide the width.</param>
/// <param name="IntermediateSize">Width inside a block's feed-forward.</param>
public sealed record ClipTowerConfig(int HiddenSize, int Layers, int Heads, int IntermediateSize);

/// <summary>Sizes of an image-text encoder of CLIP's form, as config.json names them.</summary>
public sealed record ClipConfig
{
    /// <summary>The temperature of CLIP at the start of its training: ln(1 / 0.07).</summary>
    public const double InitialLogitScale = 2.6592;

    internal const string ModelType = "clip", Activation = "gelu_pytorch_tanh";
    internal const double Epsilon = 1e-5;

    /// <summary>The tower of images.</summary>
    public required ClipTowerConfig Vision { get; init; }

    /// <summary>The tower of texts.</summary>
    public required ClipTowerConfig Text { get; init; }

    /// <summary>Width and height of an image, in pixels.</summary>
    public int ImageSize { get; init; } = 64;

    /// <summary>Width and height of a patch, in pixels; it divides the image.</summary>
    public int PatchSize { get; init; } = 8;

    /// <summary>Width of the space that both towers share.</summary>
    public int ProjectionDim { get; init; } = 64;

    /// <summary>Rows of the text tower's embedding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Most tokens of a text, those around it included.</summary>
    public int MaxPositions { get; init; } = 77;

    /// <summary>The token that starts a text.</summary>
    public required int BosId { get; init; }

    /// <summary>The token that ends a text, where the text tower's vector is taken.</summary>
    public required int EosId { get; init; }

    /// <summary>Patches along one side.</summary>
    internal int Side => ImageSize / PatchSize;

    // The blocks are those of SigLIP's tower, which are CLIP's with another activation.
    internal SmolVlmVisionConfig Blocks(ClipTowerConfig tower) => new()
    {
        HiddenSize = tower.HiddenSize,
        IntermediateSize = tower.IntermediateSize,
        Layers = tower.Layers,
        Heads = tower.Heads,
        ImageSize = ImageSize,
        PatchSize = PatchSize,
        Epsilon = Epsilon,
    };

    /// <summary>config.json, as transformers' CLIPModel reads it.</summary>
    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray("CLIPModel"),
        ["model_type"] = ModelType,
        ["projection_dim"] = ProjectionDim,
        ["logit_scale_init_value"] = InitialLogitScale,
        ["torch_dtype"] = "float32",
        ["text_config"] = With(Tower(Text, "clip_text_model"),
            ("vocab_size", VocabSize), ("max_position_embeddings", MaxPositions), ("bos_token_id", BosId), ("eos_token_id", EosId),
            ("pad_token_id", EosId)),
        ["vision_config"] = With(Tower(Vision, "clip_vision_model"),
            ("image_size", ImageSize), ("patch_size", PatchSize), ("num_channels", 3)),
    };

    /// <summary>Reads what <see cref="ToJson"/> writes.</summary>
    /// <param name="json">The file's object.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others, or the model is of another kind.</exception>
    public static ClipConfig Read(JsonObject json, string where)
    {
        JsonReader config = JsonReader.Config(json, where), text = config.Part("text_config"), vision = config.Part("vision_config");
        config.Only("model_type", ModelType);
        int width = config.Required("projection_dim");
        text.Activation("hidden_act", Activation);
        vision.Activation("hidden_act", Activation);
        vision.Divides("patch_size", vision.Required("patch_size"), "image_size", vision.Required("image_size"));
        return new ClipConfig
        {
            Vision = ReadTower(vision),
            Text = ReadTower(text),
            ImageSize = vision.Required("image_size"),
            PatchSize = vision.Required("patch_size"),
            ProjectionDim = width,
            VocabSize = text.Required("vocab_size"),
            MaxPositions = text.Required("max_position_embeddings"),
            BosId = text.Integer("bos_token_id", least: 0) ?? throw text.Missing("bos_token_id", "a token id"),
            EosId = text.Integer("eos_token_id", least: 0) ?? throw text.Missing("eos_token_id", "a token id"),
        };
    }

    private static ClipTowerConfig ReadTower(JsonReader tower)
    {
        (int width, int heads) = (tower.Required("hidden_size"), tower.Required("num_attention_heads"));
        tower.Divides("num_attention_heads", heads, "hidden_size", width);
        return new(width, tower.Required("num_hidden_layers"), heads, tower.Required("intermediate_size"));
    }

    private JsonObject Tower(ClipTowerConfig tower, string type) => new()
    {
        ["model_type"] = type,
        ["hidden_size"] = tower.HiddenSize,
        ["num_hidden_layers"] = tower.Layers,
        ["num_attention_heads"] = tower.Heads,
        ["intermediate_size"] = tower.IntermediateSize,
        ["hidden_act"] = Activation,
        ["layer_norm_eps"] = Epsilon,
        ["projection_dim"] = ProjectionDim,
    };

    private static JsonObject With(JsonObject json, params (string Name, int Value)[] more)
    {
        foreach ((string name, int value) in more)
            json[name] = value;
        return json;
    }
}
