using System.Text.Json.Nodes;
using Vlm.Models.QwenVl;

namespace Vlm.Models.Qwen2Vl;

/// <summary>A Qwen2-VL model, as config.json describes it.</summary>
/// <param name="Text">The language model.</param>
/// <param name="Vision">The vision tower.</param>
public sealed record Qwen2VlConfig(QwenTextConfig Text, QwenVisionSizes Vision)
{
    private static readonly QwenTextDefaults s_text = new(
        [16, 24, 24], Interleaved: false, RopeTheta: 1e6, Context: 32768, Bias: true, HeadNorm: false, HeadWidth: null);

    /// <summary>Reads config.json; absent fields take the defaults of the reference implementation.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others.</exception>
    public static Qwen2VlConfig Read(JsonObject json, string where)
    {
        var config = new ConfigJson(json, where);
        var text = QwenTextConfig.Read(config, s_text);
        ConfigJson vision = config.Part("vision_config");
        vision.Activation("hidden_act", "quick_gelu");
        int width = vision.Integer("embed_dim", 1280);
        return new Qwen2VlConfig(text, new QwenVisionSizes(
            width, (int)(width * vision.Number("mlp_ratio", 4)), vision.Integer("depth", 32),
            vision.Integer("num_heads", 16), vision.Integer("patch_size", 14), vision.Integer("temporal_patch_size", 2),
            vision.Integer("spatial_merge_size", 2), vision.Integer("hidden_size", 3584)).Checked(config, "hidden_size", text));
    }
}
