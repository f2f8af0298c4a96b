using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Models.Qwen3Vl;

/// <summary>Qwen3-VL's tower: learned places besides rotary ones, and features of several depths (DeepStack).</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2511.21631, section 2; learned places as in SigLIP 2.</remarks>
internal sealed class VisionTower : Layer
{
    private readonly Qwen3VisionConfig _config;
    private readonly PatchEmbed _embed;
    private readonly EmbeddingTable _places;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly PatchMerger _merger;
    private readonly ModuleList<PatchMerger> _deepMergers;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal VisionTower(Qwen3VisionConfig config) : base(nameof(VisionTower))
    {
        _config = config;
        register_module("patch_embed", _embed = new PatchEmbed(config.Sizes, bias: true));
        register_module("pos_embed", _places = new EmbeddingTable(config.Side * config.Side, config.Sizes.Width));
        register_module("blocks", _blocks = new ModuleList<VisionBlock>(
            [.. Enumerable.Range(0, config.Sizes.Layers).Select(_ => new VisionBlock(config.Sizes,
                () => new WideLayerNorm(config.Sizes.Width, 1e-6), new VisionFeedForward(config.Sizes)))]));
        register_module("merger", _merger = new PatchMerger(config.Sizes, deep: false));
        register_module("deepstack_merger_list", _deepMergers = new ModuleList<PatchMerger>(
            [.. config.DeepBlocks.Select(_ => new PatchMerger(config.Sizes, deep: true))]));
    }

    /// <param name="patches">[n, values] of all images.</param>
    /// <param name="grids">How they lie.</param>
    /// <param name="trace">See <see cref="IVisionLanguageModel.Prefill"/>.</param>
    /// <returns>[n / merge^2, width of the language model], and as much of each deep block, in their order.</returns>
    internal (Tensor Features, IReadOnlyList<Tensor> Deep) Forward(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_config.Sizes.HeadWidth, patches.device);
        Segments frames = grids.Frames(patches.device);
        Tensor x = _embed.Forward(patches) + PlaceTable.Interpolate(_places.Weight, grids, _config.Side);
        var deep = new Tensor[_config.DeepBlocks.Count];
        foreach ((int i, VisionBlock block) in _blocks.Index())
        {
            Tensor before = x;
            x = Scoped.Run(() => block.Forward(before, rope, frames));
            for (int k = 0; k < deep.Length; k++)
                if (_config.DeepBlocks[k] == i)
                    deep[k] = _deepMergers[k].Forward(x);
        }
        trace?.Invoke("vision_last_hidden", x);
        foreach ((int k, Tensor features) in deep.Index())
            trace?.Invoke($"deepstack.{k}", features);
        return (_merger.Forward(x), deep);
    }
}

/// <summary>linear_fc2(gelu(linear_fc1(x))), with the tanh form of GELU.</summary>
internal sealed class VisionFeedForward : UnaryLayer
{
    private readonly Projection _in, _out;

    internal VisionFeedForward(QwenVisionSizes sizes) : base(nameof(VisionFeedForward))
    {
        register_module("linear_fc1", _in = new Projection(sizes.Width, sizes.Inner, bias: true));
        register_module("linear_fc2", _out = new Projection(sizes.Inner, sizes.Width, bias: true));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x) => _out.call(nn.functional.gelu(_in.call(x), GELU.Approximate.tanh));
}

/// <summary>The vectors of a block of patches side by side through two layers; deep ones are normalised side by side.</summary>
internal sealed class PatchMerger : Layer
{
    private readonly WideLayerNorm _norm;
    private readonly Projection _in, _out;
    private readonly long _width;
    private readonly bool _deep;

    internal PatchMerger(QwenVisionSizes sizes, bool deep) : base(nameof(PatchMerger))
    {
        (_width, _deep) = (sizes.MergedWidth, deep);
        register_module("norm", _norm = new WideLayerNorm(deep ? _width : sizes.Width, 1e-6));
        register_module("linear_fc1", _in = new Projection(_width, _width, bias: true));
        register_module("linear_fc2", _out = new Projection(_width, sizes.Output, bias: true));
    }

    internal Tensor Forward(Tensor x)
    {
        Tensor merged = _deep ? _norm.call(x.view(-1, _width)) : _norm.call(x).view(-1, _width);
        return _out.call(nn.functional.gelu(_in.call(merged)));
    }
}
