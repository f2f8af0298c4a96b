using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>Qwen3-VL's tower: learned positions besides rotary ones, and features of several depths (DeepStack).</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2511.21631, section 2; learned positions as in SigLIP 2.</remarks>
internal sealed class Qwen3Tower : Layer, IQwenTower
{
    private readonly QwenVisionConfig _config;
    private readonly PatchEmbed _embed;
    private readonly EmbeddingTable _positions;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly Qwen3PatchMerger _merger;
    private readonly ModuleList<Qwen3PatchMerger> _deepStackMergers;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal Qwen3Tower(QwenVisionConfig config) : base(nameof(Qwen3Tower))
    {
        _config = config;
        register_module("patch_embed", _embed = new PatchEmbed(config, bias: true));
        register_module("pos_embed", _positions = new EmbeddingTable(
            config.PositionTableSide * config.PositionTableSide, config.HiddenSize));
        register_module("blocks", _blocks = VisionBlock.List(
            config, () => new Fp32LayerNorm(config.HiddenSize, 1e-6), () => new GeluFeedForward(config)));
        register_module("merger", _merger = new Qwen3PatchMerger(config, deepStack: false));
        register_module("deepstack_merger_list", _deepStackMergers = new ModuleList<Qwen3PatchMerger>(
            [.. config.DeepStackBlocks.Select(_ => new Qwen3PatchMerger(config, deepStack: true))]));
    }

    /// <inheritdoc/>
    public bool GradientCheckpointing { get; set; }

    /// <inheritdoc/>
    public nn.Module Module => this;

    /// <summary>vision_config; absent fields take the reference's defaults.</summary>
    internal static QwenVisionConfig Read(JsonReader config, QwenTextConfig text)
    {
        JsonReader vision = config.Part("vision_config");
        vision.Activation("hidden_act", "gelu_pytorch_tanh");
        QwenVisionConfig read = new QwenVisionConfig(
            vision.Size("hidden_size") ?? 1152, vision.Size("intermediate_size") ?? 4304, vision.Size("depth") ?? 27,
            vision.Size("num_heads") ?? 16, vision.Size("patch_size") ?? 16, vision.Size("temporal_patch_size") ?? 2,
            vision.Size("spatial_merge_size") ?? 2, vision.Size("out_hidden_size") ?? 3584)
            .Checked(config, "out_hidden_size", text);
        int[] deep = vision.Integers("deepstack_visual_indexes") ?? [8, 16, 24];
        if (deep.Length > text.Decoder.Layers || deep.Any(block => block < 0 || block >= read.Layers))
            throw config.Invalid($"deepstack_visual_indexes [{string.Join(", ", deep)}] must name blocks of the tower's "
                + $"{read.Layers}, no more than the language model's {text.Decoder.Layers} layers");
        int side = (int)Math.Sqrt(vision.Size("num_position_embeddings") ?? 2304);
        config.Positive("vision_config.num_position_embeddings", side);
        return read with { PositionTableSide = side, DeepStackBlocks = deep };
    }

    /// <inheritdoc/>
    public Tensor[] Encode(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_config.HeadDim, patches.device);
        BlockDiagonalAttention frames = grids.Frames(patches.device);
        Tensor x = _embed.Forward(patches)
            + LearnedPositionTable.Interpolate(_positions.Weight, grids, _config.PositionTableSide);
        var deep = new Tensor[_config.DeepStackBlocks.Count];
        foreach ((int i, VisionBlock block) in _blocks.Index())
        {
            x = Block.Run(GradientCheckpointing, block, before => block.Forward(before, rope, frames), x);
            for (int k = 0; k < deep.Length; k++)
                if (_config.DeepStackBlocks[k] == i)
                    deep[k] = x;
        }
        trace?.Invoke("vision_last_hidden", x);
        return [x, .. deep];
    }

    /// <inheritdoc/>
    public TowerOutput Merge(Tensor[] states, Trace? trace)
    {
        Tensor[] deep = [.. states.Skip(1).Select((state, k) => _deepStackMergers[k].Forward(state))];
        foreach ((int k, Tensor features) in deep.Index())
            trace?.Invoke($"deepstack.{k}", features);
        return new TowerOutput(_merger.Forward(states[0]), deep);
    }
}

/// <summary>linear_fc2(gelu(linear_fc1(x))), with the tanh form of GELU.</summary>
internal sealed class GeluFeedForward : UnaryLayer
{
    private readonly LoraLinear _in, _out;

    internal GeluFeedForward(QwenVisionConfig config) : base(nameof(GeluFeedForward))
    {
        register_module("linear_fc1", _in = new LoraLinear(config.HiddenSize, config.IntermediateSize, bias: true));
        register_module("linear_fc2", _out = new LoraLinear(config.IntermediateSize, config.HiddenSize, bias: true));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => _out.call(nn.functional.gelu(_in.call(x), GELU.Approximate.tanh));
}

/// <summary>The vectors of a block of patches side by side through two layers; DeepStack ones are normalised side by side.</summary>
internal sealed class Qwen3PatchMerger : Layer
{
    private readonly Fp32LayerNorm _norm;
    private readonly LoraLinear _in, _out;
    private readonly long _merged;
    private readonly bool _deepStack;

    internal Qwen3PatchMerger(QwenVisionConfig config, bool deepStack) : base(nameof(Qwen3PatchMerger))
    {
        (_merged, _deepStack) = (config.MergedSize, deepStack);
        register_module("norm", _norm = new Fp32LayerNorm(deepStack ? _merged : config.HiddenSize, 1e-6));
        register_module("linear_fc1", _in = new LoraLinear(_merged, _merged, bias: true));
        register_module("linear_fc2", _out = new LoraLinear(_merged, config.OutHiddenSize, bias: true));
    }

    internal Tensor Forward(Tensor x)
    {
        Tensor merged = _deepStack ? _norm.call(x.view(-1, _merged)) : _norm.call(x).view(-1, _merged);
        return _out.call(nn.functional.gelu(_in.call(merged)));
    }
}
