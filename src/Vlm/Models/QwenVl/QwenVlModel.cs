using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl.Towers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl;

/// <summary>
/// Qwen2-VL, Qwen2.5-VL and Qwen3-VL: a vision tower for images of any size, which differs between them, and a Qwen decoder
/// with rotary positions on three axes.
/// </summary>
/// <remarks>
/// Wang et al. 2024, https://arxiv.org/abs/2409.12191; Bai et al. 2025, https://arxiv.org/abs/2502.13923 and
/// https://arxiv.org/abs/2511.21631.
/// </remarks>
public sealed class QwenVlModel : Layer, IVisionLanguageModel
{
    private readonly VisionFeatureCache _features = new();
    private readonly IQwenTower _vision;
    private readonly Decoder _text;
    private readonly LoraLinear? _head;

    /// <summary>Builds the model under its checkpoint names, with random weights.</summary>
    public QwenVlModel(QwenVlConfig config) : base(nameof(QwenVlModel))
    {
        Config = config;
        (_vision, _text) = (config.Version.Tower(config.Vision), new Decoder(Text));
        if (config.Version.Nested)
            register_module("model", new NestedParts(_vision.Module, _text));
        else
        {
            register_module("visual", _vision.Module);
            register_module("model", _text);
        }
        if (!config.Text.TiedHead)
            register_module("lm_head", _head = new LoraLinear(Text.Attention.HiddenSize, Text.VocabSize));
    }

    /// <summary>The sizes.</summary>
    public QwenVlConfig Config { get; }

    /// <inheritdoc/>
    public int Layers => Text.Layers;

    /// <inheritdoc/>
    public int VocabSize => Text.VocabSize;

    /// <inheritdoc/>
    public int MaxPositions => Text.MaxPositions;

    /// <inheritdoc/>
    public int ImageToken => Config.Text.ImageToken;

    /// <inheritdoc/>
    public IReadOnlyList<long> PixelShape => [Config.Vision.PatchValues];

    /// <inheritdoc/>
    public Device Device => _text.EmbeddingWeight.device;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => ModelParameters.ParametersOf(this);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, LoraLinear Layer)> Projections => ModelParameters.ProjectionsOf(this);

    private DecoderConfig Text => Config.Text.Decoder;

    /// <inheritdoc/>
    public ModelPart PartOf(string name) => name.Split('.') switch
    {
        ["visual", "merger", ..] or ["model", "visual", "merger" or "deepstack_merger_list", ..] => ModelPart.Connector,
        ["visual", ..] or ["model", "visual", ..] => ModelPart.Vision,
        _ => ModelPart.Text,
    };

    /// <inheritdoc/>
    public IDisposable KeepVisionFeatures() => _features.Open(this);

    /// <inheritdoc/>
    public bool GradientCheckpointing
    {
        get => _text.GradientCheckpointing;
        set => (_text.GradientCheckpointing, _vision.GradientCheckpointing) = (value, value);
    }

    /// <inheritdoc/>
    public Prefilled Prefill(
        IReadOnlyList<Prompt> prompts, KvCache cache, Trace? trace = null, bool textOnly = false)
    {
        PromptBatch batch = PromptBatch.LeftPadded(prompts, MaxPositions, textOnly);
        var positions = MRopePositions.Of(batch, ImageToken, Config.Vision.SpatialMergeSize);
        trace?.Invoke("position_ids", positions.Tensor(prompts.Count, CPU));
        trace?.Invoke("rope_deltas", positions.Deltas(batch.Lengths));
        Rope rope = positions.Rope(prompts.Count, Config.Text.Sections, Text, Device);

        TowerOutput? seen = Look(batch, trace);
        (Tensor merged, Tensor? places) = _text.Merge(batch, ImageToken, seen?.Features, textOnly);
        DeepFeatures? deep = seen is { DeepStack.Count: > 0 } ? new DeepFeatures(places!, seen.DeepStack) : null;
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

    // Null without images.
    private TowerOutput? Look(PromptBatch batch, Trace? trace)
    {
        if (_features.Of(batch, prompts => Encode(prompts, trace)) is not { } states)
            return null;

        TowerOutput seen = _vision.Merge(states, trace);
        trace?.Invoke("image_features", seen.Features);
        return seen;
    }

    private Tensor[]? Encode(PromptBatch batch, Trace? trace) => batch.Pixels(Device) is not { } patches ? null
        : _vision.Encode(patches.to(Compute.TypeFor(_text.EmbeddingWeight)),
            PatchGrids.Of(batch, Config.Vision.SpatialMergeSize), trace);

    /// <summary>The two parts under Qwen3-VL's prefix "model".</summary>
    private sealed class NestedParts : Layer
    {
        internal NestedParts(nn.Module vision, Decoder text) : base(nameof(NestedParts))
        {
            register_module("visual", vision);
            register_module("language_model", text);
        }
    }
}
