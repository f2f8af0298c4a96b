using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Models.Qwen25Vl;

/// <summary>Qwen2.5-VL: a tower that mostly looks through windows, and Qwen2.5 with positions on three axes.</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2502.13923.</remarks>
public sealed class Qwen25VlModel : Layer, IVisionLanguageModel
{
    private readonly VisionTower _vision;
    private readonly Decoder _text;
    private readonly Projection? _head;

    /// <summary>Builds the model under its checkpoint names, with random weights.</summary>
    public Qwen25VlModel(Qwen25VlConfig config) : base(nameof(Qwen25VlModel))
    {
        Config = config;
        register_module("visual", _vision = new VisionTower(config.Vision));
        register_module("model", _text = new Decoder(Text));
        if (!config.Text.TiedHead)
            register_module("lm_head", _head = new Projection(Text.Attention.Width, Text.Vocabulary));
    }

    /// <summary>The sizes.</summary>
    public Qwen25VlConfig Config { get; }

    /// <inheritdoc/>
    public int Layers => Text.Layers;

    /// <inheritdoc/>
    public int Vocabulary => Text.Vocabulary;

    /// <inheritdoc/>
    public int Context => Text.Context;

    /// <inheritdoc/>
    public int ImageToken => Config.Text.ImageToken;

    /// <inheritdoc/>
    public IReadOnlyList<long> PixelShape => [Config.Vision.Sizes.PatchValues];

    /// <inheritdoc/>
    public Device Device => _text.EmbeddingWeight.device;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => ModelParameters.ParametersOf(this);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Projection Layer)> Projections => ModelParameters.ProjectionsOf(this);

    private DecoderConfig Text => Config.Text.Decoder;

    /// <inheritdoc/>
    public ModelPart PartOf(string name) => name.Split('.') switch
    {
        ["visual", "merger", ..] => ModelPart.Connector,
        ["visual", ..] => ModelPart.Vision,
        _ => ModelPart.Text,
    };

    /// <inheritdoc/>
    public Prefilled Prefill(
        IReadOnlyList<Prompt> prompts, KvCache cache, Trace? trace = null, bool blind = false)
    {
        PromptBatch batch = PromptBatch.LeftPadded(prompts, Context, blind);
        var positions = MRopePositions.Of(batch, ImageToken, Config.Vision.Sizes.Merge);
        trace?.Invoke("position_ids", positions.Tensor(prompts.Count, CPU));
        trace?.Invoke("rope_deltas", positions.Deltas(batch.Lengths));
        Rope rope = positions.Rope(
            prompts.Count, Config.Text.Sections, Text.Attention.HeadWidth, Text.RopeTheta, Device);

        (Tensor merged, _) = _text.Merge(batch, ImageToken, Look(batch, trace), blind);
        Tensor hidden = _text.Prefill(merged, rope, batch.Lengths, cache, trace: trace);
        return new Prefilled(hidden, positions.Next, rope, batch.Lengths);
    }

    /// <inheritdoc/>
    public Tensor Continue(Tensor tokens, Tensor positions, KvCache cache) => _text.Continue(tokens, positions, cache);

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) => _text.Logits(hidden, _head);

    /// <inheritdoc/>
    public DecoderConfig Sizes => Text;

    /// <inheritdoc/>
    public Tensor Norm(Tensor x) => _text.FinalNorm.call(x);

    // [image tokens, D]; null without images.
    private Tensor? Look(PromptBatch batch, Trace? trace)
    {
        if (batch.Pixels(Device) is not { } patches)
            return null;

        Tensor features = _vision.Forward(
            patches.to(Compute.TypeFor(_text.EmbeddingWeight)), PatchGrids.Of(batch, Config.Vision.Sizes.Merge), trace);
        trace?.Invoke("image_features", features);
        return features;
    }
}
