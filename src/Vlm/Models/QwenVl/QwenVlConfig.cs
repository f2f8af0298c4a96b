using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Models.QwenVl;

/// <summary>A Qwen2-VL, Qwen2.5-VL or Qwen3-VL model, as config.json describes it.</summary>
public sealed record QwenVlConfig
{
    internal QwenVlConfig(QwenVlVersion version, QwenTextConfig text, QwenVisionConfig vision) =>
        (Version, Text, Vision) = (version,
            text with { Decoder = text.Decoder with { DeepLayers = vision.DeepStackBlocks.Count } }, vision);

    /// <summary>The language model.</summary>
    public QwenTextConfig Text { get; }

    /// <summary>The vision tower.</summary>
    public QwenVisionConfig Vision { get; }

    /// <summary>What sets this release apart from the others.</summary>
    internal QwenVlVersion Version { get; }

    /// <summary>Reads config.json; absent fields take the defaults of the reference implementation.</summary>
    /// <param name="json">The file's content; its model_type says which release it is of.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">A size is missing or does not fit the others, or the model_type is no Qwen-VL's.</exception>
    public static QwenVlConfig Read(JsonObject json, string where)
    {
        var config = JsonReader.Config(json, where);
        QwenVlVersion version = QwenVlVersion.All.FirstOrDefault(version => version.ModelType == config.Text("model_type"))
            ?? throw config.Wrong("model_type", string.Join(" or ", QwenVlVersion.All.Select(version => version.ModelType)));
        var text = QwenTextConfig.Read(config, version.Text);
        return new QwenVlConfig(version, text, version.ReadVision(config, text));
    }
}
