using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Models.Qwen3Vl;

/// <summary>Qwen3-VL: a tower whose features join the language model at several depths, and Qwen3 with interleaved positions.</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2511.21631.</remarks>
public sealed class Qwen3VlModel : Layer, IVisionLanguageModel
{
    private readonly VisionTower _vision;
    private readonly Decoder _text;
    private readonly Projection? _head;

    /// <summary>Builds the model under its checkpoint names, with random weights.</summary>
    public Qwen3VlModel(Qwen3VlConfig config) : base(nameof(Qwen3VlModel))
    {
        Config = config;
        var parts = new Qwen3VlParts(config);
        register_module("model", parts);
        (_vision, _text) = (parts.Vision, parts.Text);
        if (!config.Text.TiedHead)
            register_module("lm_head", _head = new Projection(Text.Attention.Width, Text.Vocabulary));
    }

    /// <summary>The sizes.</summary>
    public Qwen3VlConfig Config { get; }

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
        ["model", "visual", "merger" or "deepstack_merger_list", ..] => ModelPart.Connector,
        ["model", "visual", ..] => ModelPart.Vision,
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

        (Tensor Features, IReadOnlyList<Tensor> Deep)? seen = Look(batch, trace);
        (Tensor merged, Tensor? places) = _text.Merge(batch, ImageToken, seen?.Features, blind);
        DeepFeatures? deep = seen is { } images ? new DeepFeatures(places!, images.Deep) : null;
        Tensor hidden = _text.Prefill(merged, rope, batch.Lengths, cache, deep, trace);
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

    // [image tokens, D], and as much of each deep block; null without images.
    private (Tensor Features, IReadOnlyList<Tensor> Deep)? Look(PromptBatch batch, Trace? trace)
    {
        if (batch.Pixels(Device) is not { } patches)
            return null;

        (Tensor features, IReadOnlyList<Tensor> deep) = _vision.Forward(
            patches.to(Compute.TypeFor(_text.EmbeddingWeight)), PatchGrids.Of(batch, Config.Vision.Sizes.Merge), trace);
        trace?.Invoke("image_features", features);
        return (features, deep);
    }
}

/// <summary>The two parts under the checkpoint's prefix "model".</summary>
internal sealed class Qwen3VlParts : Layer
{
    internal Qwen3VlParts(Qwen3VlConfig config) : base(nameof(Qwen3VlParts))
    {
        register_module("visual", Vision = new VisionTower(config.Vision));
        register_module("language_model", Text = new Decoder(config.Text.Decoder));
    }

    internal VisionTower Vision { get; }

    internal Decoder Text { get; }
}
