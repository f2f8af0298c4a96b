using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using static TorchSharp.torch;

namespace Vlm.Models.Qwen25Vl;

/// <summary>Qwen2.5-VL's tower: most blocks attend within windows, a few over the whole image.</summary>
/// <remarks>
/// Bai et al. 2025, https://arxiv.org/abs/2502.13923, section 2.1. The reference moves patches into the windows' order and
/// back; here they stay, and each window gathers its own.
/// </remarks>
internal sealed class VisionTower : Layer
{
    private readonly Qwen25VisionConfig _config;
    private readonly PatchEmbed _embed;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly PatchMerger _merger;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal VisionTower(Qwen25VisionConfig config) : base(nameof(VisionTower))
    {
        _config = config;
        register_module("patch_embed", _embed = new PatchEmbed(config.Sizes, bias: false));
        register_module("blocks", _blocks = new ModuleList<VisionBlock>(
            [.. Enumerable.Range(0, config.Sizes.Layers).Select(_ => new VisionBlock(
                config.Sizes, () => new RmsNorm(config.Sizes.Width, 1e-6),
                new SwiGlu(config.Sizes.Width, config.Sizes.Inner, bias: true)))]));
        register_module("merger", _merger = new PatchMerger(config.Sizes));
    }

    /// <param name="patches">[n, values] of all images.</param>
    /// <param name="grids">How they lie.</param>
    /// <param name="trace">See <see cref="IVisionLanguageModel.Prefill"/>.</param>
    /// <returns>[n / merge^2, width of the language model]</returns>
    internal Tensor Forward(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_config.Sizes.HeadWidth, patches.device);
        long[][] tokens = grids.Windows(_config.Window);
        Segments frames = grids.Frames(patches.device);
        var windows = new Segments([.. tokens.Select(window => grids.PatchesOf(window))], patches.device);

        Tensor x = _embed.Forward(patches);                                                   // [n, D]
        foreach ((int i, VisionBlock block) in _blocks.Index())
        {
            (Tensor before, Segments segments) = (x, _config.FullBlocks.Contains(i) ? frames : windows);
            x = Scoped.Run(() => block.Forward(before, rope, segments));
        }
        if (trace is not null)
            Tell(trace, x, tokens, grids);
        return _merger.Forward(x);
    }

    // The reference records its window order, the patches where each window ends, and the last states in that order.
    private void Tell(Trace trace, Tensor x, long[][] windows, PatchGrids grids)
    {
        long[] order = [.. windows.SelectMany(window => window)];
        int patches = _config.Sizes.Merge * _config.Sizes.Merge, end = 0;
        trace("window_index", tensor(order));
        trace("cu_window_seqlens", tensor([0, .. windows.Select(window => end += window.Length * patches)]));
        trace("vision_last_hidden", x.index_select(0, tensor(grids.PatchesOf(order)).On(x.device)));
    }
}

/// <summary>The vectors of a block of patches, normalised, side by side through two layers.</summary>
internal sealed class PatchMerger : Layer
{
    private readonly RmsNorm _norm;
    private readonly MergerLayers _layers;
    private readonly long _width;

    internal PatchMerger(QwenVisionSizes sizes) : base(nameof(PatchMerger))
    {
        _width = sizes.MergedWidth;
        register_module("ln_q", _norm = new RmsNorm(sizes.Width, 1e-6));
        register_module("mlp", _layers = new MergerLayers(sizes));
    }

    internal Tensor Forward(Tensor x) => _layers.Forward(_norm.call(x).view(-1, _width));
}
