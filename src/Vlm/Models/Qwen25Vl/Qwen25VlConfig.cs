using System.Text.Json.Nodes;
using Vlm.Models.QwenVl;

namespace Vlm.Models.Qwen25Vl;

/// <summary>The tower's sizes.</summary>
/// <param name="Sizes">What all towers of the Qwen-VL families have.</param>
/// <param name="Window">Tokens along a side of the windows that most blocks attend within.</param>
/// <param name="FullBlocks">Numbers of the blocks in which every patch sees its whole image.</param>
public sealed record Qwen25VisionConfig(QwenVisionSizes Sizes, int Window, IReadOnlyList<int> FullBlocks);

/// <summary>A Qwen2.5-VL model, as config.json describes it.</summary>
/// <param name="Text">The language model.</param>
/// <param name="Vision">The vision tower.</param>
public sealed record Qwen25VlConfig(QwenTextConfig Text, Qwen25VisionConfig Vision)
{
    private static readonly QwenTextDefaults s_text = new(
        [16, 24, 24], Interleaved: false, RopeTheta: 1e6, Context: 128000, Bias: true, HeadNorm: false, HeadWidth: null);

    /// <summary>Reads config.json; absent fields take the defaults of the reference implementation.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public static Qwen25VlConfig Read(JsonObject json, string where)
    {
        var config = new ConfigJson(json, where);
        var text = QwenTextConfig.Read(config, s_text);
        ConfigJson vision = config.Part("vision_config");
        vision.Activation("hidden_act", "silu");


        QwenVisionSizes sizes = new QwenVisionSizes(
            vision.Integer("hidden_size", 3584), vision.Integer("intermediate_size", 3420), vision.Integer("depth", 32),
            vision.Integer("num_heads", 16), vision.Integer("patch_size", 14), vision.Integer("temporal_patch_size", 2),
            vision.Integer("spatial_merge_size", 2), vision.Integer("out_hidden_size", 3584)).Checked(config, "out_hidden_size", text);
        int window = vision.Integer("window_size", 112) / sizes.Merge / sizes.PatchSize;
        config.Positive("vision_config.window_size in tokens", window);
        return new Qwen25VlConfig(text, new Qwen25VisionConfig(
            sizes, window, vision.Integers("fullatt_block_indexes", 7, 15, 23, 31)));
    }
}
