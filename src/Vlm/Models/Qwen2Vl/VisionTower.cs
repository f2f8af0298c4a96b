using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Models.Qwen2Vl;

/// <summary>Qwen2-VL's tower: a ViT with rotary positions, for images of any size; the merger makes one token of 2 x 2 patches.</summary>
/// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191, section 2.1.</remarks>
internal sealed class VisionTower : Layer
{
    private readonly QwenVisionSizes _sizes;
    private readonly PatchEmbed _embed;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly PatchMerger _merger;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal VisionTower(QwenVisionSizes sizes) : base(nameof(VisionTower))
    {
        _sizes = sizes;
        register_module("patch_embed", _embed = new PatchEmbed(sizes, bias: false));
        register_module("blocks", _blocks = new ModuleList<VisionBlock>(
            [.. Enumerable.Range(0, sizes.Layers).Select(_ => new VisionBlock(sizes, () => new WideLayerNorm(sizes.Width, 1e-6), new VisionFeedForward(sizes)))]));
        register_module("merger", _merger = new PatchMerger(sizes));
    }

    /// <param name="patches">[n, values] of all images.</param>
    /// <param name="grids">How they lie.</param>
    /// <param name="trace">See <see cref="IVisionLanguageModel.Prefill"/>.</param>
    /// <returns>[n / merge^2, width of the language model]</returns>
    internal Tensor Forward(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_sizes.HeadWidth, patches.device);
        Segments frames = grids.Frames(patches.device);
        Tensor x = _embed.Forward(patches);                                                   // [n, D]
        foreach (VisionBlock block in _blocks)
        {
            Tensor before = x;
            x = Scoped.Run(() => block.Forward(before, rope, frames));
        }
        trace?.Invoke("vision_last_hidden", x);
        return _merger.Forward(x);
    }
}

/// <summary>fc2(g(fc1(x))) with g(x) = x sigmoid(1.702 x).</summary>
/// <remarks>Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, section 2, the sigmoid form.</remarks>
internal sealed class VisionFeedForward : UnaryLayer
{
    private readonly Projection _in, _out;

    internal VisionFeedForward(QwenVisionSizes sizes) : base(nameof(VisionFeedForward))
    {
        register_module("fc1", _in = new Projection(sizes.Width, sizes.Inner, bias: true));
        register_module("fc2", _out = new Projection(sizes.Inner, sizes.Width, bias: true));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        Tensor inner = _in.call(x);
        return _out.call(inner * (inner * 1.702).sigmoid());
    }
}

/// <summary>The vectors of a block of patches, normalised, side by side through two layers.</summary>
internal sealed class PatchMerger : Layer
{
    private readonly WideLayerNorm _norm;
    private readonly MergerLayers _layers;
    private readonly long _width;

    internal PatchMerger(QwenVisionSizes sizes) : base(nameof(PatchMerger))
    {
        _width = sizes.MergedWidth;
        register_module("ln_q", _norm = new WideLayerNorm(sizes.Width, 1e-6));
        register_module("mlp", _layers = new MergerLayers(sizes));
    }

    internal Tensor Forward(Tensor x) => _layers.Forward(_norm.call(x).view(-1, _width));
}
