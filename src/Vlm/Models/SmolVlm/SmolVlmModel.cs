using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>SmolVLM, SmolVLM2 and Idefics3: SigLIP tower, pixel-shuffle connector, Llama decoder.</summary>
/// <remarks>
/// Marafioti et al. 2025, https://arxiv.org/abs/2504.05299; Laurencon et al. 2024, https://arxiv.org/abs/2408.12637.
/// </remarks>
public sealed class SmolVlmModel : Layer, IVisionLanguageModel
{
    private readonly VisionFeatureCache _features = new();
    private readonly SmolVlmParts _parts;
    private readonly LoraLinear? _head;

    /// <summary>Builds the model under its checkpoint names, with random weights.</summary>
    public SmolVlmModel(SmolVlmConfig config) : base(nameof(SmolVlmModel))
    {
        Config = config;
        register_module("model", _parts = new SmolVlmParts(config));
        if (!config.TiedHead)
            register_module("lm_head", _head = new LoraLinear(config.Text.HiddenSize, config.Text.VocabSize));
    }

    /// <summary>The sizes.</summary>
    public SmolVlmConfig Config { get; }

    /// <inheritdoc/>
    public int Layers => Config.Text.Layers;

    /// <inheritdoc/>
    public int VocabSize => Config.Text.VocabSize;

    /// <inheritdoc/>
    public int MaxPositions => Config.Text.MaxPositions;

    /// <inheritdoc/>
    public int ImageToken => Config.ImageToken;

    /// <inheritdoc/>
    public IReadOnlyList<long> PixelShape => [3, Config.Vision.ImageSize, Config.Vision.ImageSize];

    /// <inheritdoc/>
    public Device Device => _parts.Text.EmbeddingWeight.device;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => ModelParameters.ParametersOf(this);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, LoraLinear Layer)> Projections => ModelParameters.ProjectionsOf(this);

    /// <inheritdoc/>
    public ModelPart PartOf(string name) => name.Split('.') switch
    {
        ["model", "vision_model", ..] => ModelPart.Vision,
        ["model", "connector", ..] => ModelPart.Connector,
        _ => ModelPart.Text,
    };

    /// <inheritdoc/>
    public IDisposable KeepVisionFeatures() => _features.Open(this);

    /// <inheritdoc/>
    public bool GradientCheckpointing
    {
        get => _parts.Text.GradientCheckpointing;
        set => (_parts.Text.GradientCheckpointing, _parts.Vision.GradientCheckpointing) = (value, value);
    }

    /// <inheritdoc/>
    public Prefilled Prefill(
        IReadOnlyList<Prompt> prompts, KvCache cache, Trace? trace = null, bool textOnly = false)
    {
        PromptBatch batch = PromptBatch.LeftPadded(prompts, MaxPositions, textOnly);
        (Tensor merged, _) = _parts.Text.Merge(batch, ImageToken, Look(batch, trace)?.flatten(0, 1), textOnly);
        Rope rope = Sizes.RopeAt(tensor(batch.Positions).view(prompts.Count, -1).On(Device));
        Tensor hidden = _parts.Text.Prefill(merged, rope, batch.Lengths, cache, trace: trace);
        return new Prefilled(hidden, batch.Lengths, rope, batch.Lengths);
    }

    /// <inheritdoc/>
    public Tensor Continue(Tensor tokens, Tensor positions, KvCache cache) =>
        _parts.Text.Continue(tokens, positions, cache);

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) => _parts.Text.Logits(hidden, _head);

    /// <inheritdoc/>
    public DecoderConfig Sizes => Config.Text.Decoder;

    /// <inheritdoc/>
    public Tensor Norm(Tensor x) => _parts.Text.FinalNorm.call(x);

    // [F, tokens per frame, D]: the vectors that replace image placeholders; null without images.
    private Tensor? Look(PromptBatch batch, Trace? trace)
    {
        if (_features.Of(batch, Encode) is not [var vision])
            return null;

        trace?.Invoke("vision_last_hidden", vision);
        Tensor features = _parts.Connector.Forward(vision);
        trace?.Invoke("image_features", features);
        return features;
    }

    // [F, patches, D]
    private Tensor[]? Encode(PromptBatch batch) => batch.Pixels(Device) is not { } pixels ? null
        : [_parts.Vision.Forward(pixels.to(Compute.TypeFor(_parts.Text.EmbeddingWeight)),
            PatchPositions.ValidPatches(batch, Config.Vision))];
}

/// <summary>The three parts under the checkpoint's prefix "model".</summary>
public sealed class SmolVlmParts : Layer
{
    /// <summary>Builds the parts.</summary>
    public SmolVlmParts(SmolVlmConfig config) : base(nameof(SmolVlmParts))
    {
        register_module("vision_model", Vision = new VisionTower(config.Vision));
        register_module("connector", Connector = new Connector(config));
        register_module("text_model", Text = new Decoder(config.Text.Decoder));
    }

    internal VisionTower Vision { get; }

    internal Connector Connector { get; }

    internal Decoder Text { get; }
}
