using System.Text.Json.Nodes;
using Vlm.Models.QwenVl;

namespace Vlm.Models.Qwen3Vl;

/// <summary>The tower's sizes.</summary>
/// <param name="Sizes">What all towers of the Qwen-VL families have.</param>
/// <param name="Side">Rows, and columns, of the learned table of places.</param>
/// <param name="DeepBlocks">Numbers of the blocks whose states join the language model's first layers.</param>
public sealed record Qwen3VisionConfig(QwenVisionSizes Sizes, int Side, IReadOnlyList<int> DeepBlocks);

/// <summary>A Qwen3-VL model, as config.json describes it.</summary>
/// <param name="Text">The language model.</param>
/// <param name="Vision">The vision tower.</param>
public sealed record Qwen3VlConfig(QwenTextConfig Text, Qwen3VisionConfig Vision)
{
    private static readonly QwenTextDefaults s_text = new(
        [24, 20, 20], Interleaved: true, RopeTheta: 5e6, Context: 128000, Bias: false, HeadNorm: true, HeadWidth: 128);

    /// <summary>Reads config.json; absent fields take the defaults of the reference implementation.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public static Qwen3VlConfig Read(JsonObject json, string where)
    {
        var config = new ConfigJson(json, where);
        var text = QwenTextConfig.Read(config, s_text);
        ConfigJson vision = config.Part("vision_config");
        vision.Activation("hidden_act", "gelu_pytorch_tanh");


        QwenVisionSizes sizes = new QwenVisionSizes(
            vision.Integer("hidden_size", 1152), vision.Integer("intermediate_size", 4304), vision.Integer("depth", 27),
            vision.Integer("num_heads", 16), vision.Integer("patch_size", 16), vision.Integer("temporal_patch_size", 2),
            vision.Integer("spatial_merge_size", 2), vision.Integer("out_hidden_size", 3584)).Checked(config, "out_hidden_size", text);
        int[] deep = vision.Integers("deepstack_visual_indexes", 8, 16, 24);
        if (deep.Length > text.Decoder.Layers || deep.Any(block => block < 0 || block >= sizes.Layers))
            throw config.Wrong($"deepstack_visual_indexes [{string.Join(", ", deep)}] must name blocks of the tower's "
                + $"{sizes.Layers}, no more than the language model's {text.Decoder.Layers} layers");
        int places = vision.Integer("num_position_embeddings", 2304), side = (int)Math.Sqrt(places);
        config.Positive("vision_config.num_position_embeddings", side);
        return new Qwen3VlConfig(text, new Qwen3VisionConfig(sizes, side, deep));
    }
}
