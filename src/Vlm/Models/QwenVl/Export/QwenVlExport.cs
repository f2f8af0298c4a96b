using System.Text.Json.Nodes;
using Vlm.Onnx.Export;
using Vlm.Text;

namespace Vlm.Models.QwenVl.Export;

/// <summary>How Qwen2-VL, Qwen2.5-VL and Qwen3-VL are exported.</summary>
internal static class QwenVlExport
{
    private const string VideoToken = "video_token_id", VisionStartToken = "vision_start_token_id";

    /// <summary>The family's.</summary>
    internal static FamilyExport Definition { get; } = new()
    {
        Graphs = (model, latent, numbers) => QwenVlGraphs.Of((QwenVlModel)model, latent, numbers),
        ProcessorFiles = [ProcessorConfig.ImageFile],
        WriteProcessor = (folder, checkpoint) =>
            QwenImageFiles.Write(folder, Images(checkpoint), VersionOf(checkpoint).ProcessorClass),
        CompleteConfig = Complete,
        Genai = checkpoint => new GenaiModel(
            VersionOf(checkpoint).GenaiType, Tokens(checkpoint.Processor.Tokenizer),
            (1 + Config(checkpoint).Vision.DeepStackBlocks.Count) * checkpoint.Model.Sizes.Attention.HiddenSize,
            QwenGenai.Vision(checkpoint.Config, Images(checkpoint)),
            QwenGenai.ImageProcessor(Images(checkpoint), VersionOf(checkpoint))),
        MRopeMergeSize = model => ((QwenVlModel)model).Config.Vision.SpatialMergeSize,
    };

    private static QwenVlConfig Config(VlmCheckpoint checkpoint) => ((QwenVlModel)checkpoint.Model).Config;

    private static QwenVlVersion VersionOf(VlmCheckpoint checkpoint) => Config(checkpoint).Version;

    private static QwenImageOptions Images(VlmCheckpoint checkpoint) => ((QwenProcessor)checkpoint.Processor).Images.Options;

    private static IReadOnlyList<(string Name, int? Id)> Tokens(Tokenizer tokenizer) =>
        [(VideoToken, tokenizer.IdOf("<|video_pad|>")), (VisionStartToken, tokenizer.IdOf("<|vision_start|>"))];

    private static void Complete(VlmCheckpoint checkpoint, JsonObject config, JsonObject text)
    {
        QwenVlVersion version = VersionOf(checkpoint);
        if (!version.Nested)
            ExportConfig.OnTopAndInText(config, text);
        text["model_type"] = $"{version.ModelType}_text";
        foreach ((string name, int? id) in Tokens(checkpoint.Processor.Tokenizer))
            config.TryAdd(name, id);
        ExportConfig.Part(config, "vision_config").TryAdd("spatial_merge_size", Images(checkpoint).MergeSize);
    }
}
