using Vlm.Checkpoints;
using Vlm.Models.QwenVl.Export;
using Vlm.Models.QwenVl.Towers;
using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;
using Vlm.Rewards;
using Vlm.Text;

namespace Vlm.Models.QwenVl;

/// <summary>What sets one release of the Qwen-VL models apart from the others: a row of a table.</summary>
/// <param name="ModelType">config.json's model_type.</param>
/// <param name="Name">What the release is called.</param>
/// <param name="Text">What the language model has where config.json says nothing.</param>
/// <param name="ReadVision">Reads vision_config of a config.json, and checks it against the language model.</param>
/// <param name="Tower">Builds the vision tower.</param>
/// <param name="Nested">
/// Where the checkpoint has its parts: "model.visual" and "model.language_model", or "visual" and "model".
/// </param>
/// <param name="Images">How images are prepared where the files say nothing.</param>
/// <param name="Template">The chat template where the files have none.</param>
/// <param name="TowerGraph">The tower's blocks and mergers in an ONNX graph: [1, N, D] to [image tokens, (1 + depths) W].</param>
internal sealed record QwenVlVersion(
    string ModelType, string Name, QwenTextDefaults Text, Func<JsonReader, QwenTextConfig, QwenVisionConfig> ReadVision,
    Func<QwenVisionConfig, IQwenTower> Tower, bool Nested, QwenImageOptions Images, ChatTemplate Template,
    Func<ExportModule, QwenVisionConfig, OnnxValue, PatchCoordinates, OnnxValue> TowerGraph)
{
    /// <summary>What transformers calls the processor.</summary>
    internal required string ProcessorClass { get; init; }

    /// <summary>
    /// The frame that its boxes are in: Qwen2-VL section 2.2.1 and Qwen3-VL have 0 to 1000, Qwen2.5-VL section 2.1.1 the pixels it
    /// sees.
    /// </summary>
    internal Frame BoxFrame { get; init; } = Frame.Thousand;

    /// <summary>
    /// What onnxruntime-genai calls the model. It has no name for Qwen2-VL; for images its positions are those of Qwen2.5-VL,
    /// and it goes by that name.
    /// </summary>
    internal string GenaiType { get; init; } = "qwen2_5_vl";

    /// <summary>What onnxruntime-genai calls the image processor.</summary>
    internal string GenaiImageProcessor { get; init; } = "qwen2_5_image_processor";

    /// <summary>What transformers.js calls the sizes of images, in patches.</summary>
    internal string GridInput { get; init; } = "image_grid_thw";

    /// <summary>Wang et al. 2024, https://arxiv.org/abs/2409.12191.</summary>
    internal static QwenVlVersion Qwen2 { get; } = new(
        "qwen2_vl", "Qwen2-VL",
        new([16, 24, 24], Interleaved: false, RopeTheta: 1e6, MaxPositions: 32768, Bias: true, QkNorm: false, HeadDim: null),
        Qwen2Tower.Read, vision => new Qwen2Tower(vision), Nested: false, QwenImageOptions.Qwen2, ChatTemplate.QwenVl,
        Qwen2TowerGraph.Features)
    {
        ProcessorClass = "Qwen2VLProcessor",
        GridInput = "grid_thw",
    };

    /// <summary>Bai et al. 2025, https://arxiv.org/abs/2502.13923.</summary>
    internal static QwenVlVersion Qwen25 { get; } = new(
        "qwen2_5_vl", "Qwen2.5-VL",
        new([16, 24, 24], Interleaved: false, RopeTheta: 1e6, MaxPositions: 128000, Bias: true, QkNorm: false, HeadDim: null),
        Qwen25Tower.Read, vision => new Qwen25Tower(vision), Nested: false, QwenImageOptions.Qwen2, ChatTemplate.QwenVl,
        Qwen25TowerGraph.Features)
    {
        ProcessorClass = "Qwen2_5_VLProcessor",
        BoxFrame = Frame.ResizedPixels,
    };

    /// <summary>Bai et al. 2025, https://arxiv.org/abs/2511.21631.</summary>
    internal static QwenVlVersion Qwen3 { get; } = new(
        "qwen3_vl", "Qwen3-VL",
        new([24, 20, 20], Interleaved: true, RopeTheta: 5e6, MaxPositions: 128000, Bias: false, QkNorm: true, HeadDim: 128),
        Qwen3Tower.Read, vision => new Qwen3Tower(vision), Nested: true, QwenImageOptions.Qwen3, ChatTemplate.Qwen3Vl,
        Qwen3TowerGraph.Features)
    {
        ProcessorClass = "Qwen3VLProcessor",
        GenaiType = "qwen3_vl",
        GenaiImageProcessor = "qwen3_vl_image_processor",
    };

    /// <summary>Every release that is computed.</summary>
    internal static IReadOnlyList<QwenVlVersion> All { get; } = [Qwen2, Qwen25, Qwen3];

    /// <summary>The release of a model_type that the family has.</summary>
    internal static QwenVlVersion Of(string modelType) => All.Single(version => version.ModelType == modelType);
}
