using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>Qwen2-VL's tower: a ViT with rotary positions; the merger makes one token of 2 x 2 patches.</summary>
/// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191, section 2.1.</remarks>
internal sealed class Qwen2Tower : Layer, IQwenTower
{
    private readonly QwenVisionConfig _config;
    private readonly PatchEmbed _embed;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly PatchMerger _merger;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal Qwen2Tower(QwenVisionConfig config) : base(nameof(Qwen2Tower))
    {
        _config = config;
        register_module("patch_embed", _embed = new PatchEmbed(config, bias: false));
        register_module("blocks", _blocks = VisionBlock.List(
            config, () => new Fp32LayerNorm(config.HiddenSize, 1e-6), () => new QuickGeluFeedForward(config)));
        register_module("merger", _merger = new PatchMerger(config, new Fp32LayerNorm(config.HiddenSize, 1e-6)));
    }

    /// <inheritdoc/>
    public bool GradientCheckpointing { get; set; }

    /// <inheritdoc/>
    public nn.Module Module => this;

    /// <summary>vision_config; absent fields take the reference's defaults.</summary>
    internal static QwenVisionConfig Read(JsonReader config, QwenTextConfig text)
    {
        JsonReader vision = config.Part("vision_config");
        vision.Activation("hidden_act", "quick_gelu");
        int width = vision.Size("embed_dim") ?? 1280;
        return new QwenVisionConfig(
            width, (int)(width * (vision.Number("mlp_ratio", "above 0, and at most 100", ratio => ratio is > 0 and <= 100) ?? 4)), vision.Size("depth") ?? 32,
            vision.Size("num_heads") ?? 16, vision.Size("patch_size") ?? 14, vision.Size("temporal_patch_size") ?? 2,
            vision.Size("spatial_merge_size") ?? 2, vision.Size("hidden_size") ?? 3584).Checked(config, "hidden_size", text);
    }

    /// <inheritdoc/>
    public Tensor[] Encode(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_config.HeadDim, patches.device);
        BlockDiagonalAttention frames = grids.Frames(patches.device);
        Tensor x = _embed.Forward(patches);                                                   // [n, D]
        foreach (VisionBlock block in _blocks)
            x = Block.Run(GradientCheckpointing, block, before => block.Forward(before, rope, frames), x);
        trace?.Invoke("vision_last_hidden", x);
        return [x];
    }

    /// <inheritdoc/>
    public TowerOutput Merge(Tensor[] states, Trace? trace) => new(_merger.Forward(states[0]), []);
}

/// <summary>fc2(g(fc1(x))) with g(x) = x sigmoid(1.702 x).</summary>
/// <remarks>Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, section 2, the sigmoid form.</remarks>
internal sealed class QuickGeluFeedForward : UnaryLayer
{
    private readonly LoraLinear _in, _out;

    internal QuickGeluFeedForward(QwenVisionConfig config) : base(nameof(QuickGeluFeedForward))
    {
        register_module("fc1", _in = new LoraLinear(config.HiddenSize, config.IntermediateSize, bias: true));
        register_module("fc2", _out = new LoraLinear(config.IntermediateSize, config.HiddenSize, bias: true));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        Tensor inner = _in.call(x);
        return _out.call(inner * (inner * 1.702).sigmoid());
    }
}
