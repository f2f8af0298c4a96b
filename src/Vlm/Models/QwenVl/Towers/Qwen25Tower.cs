using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>Qwen2.5-VL's tower: most blocks attend within windows, a few over the whole image.</summary>
/// <remarks>
/// Bai et al. 2025, https://arxiv.org/abs/2502.13923, section 2.1. The reference moves patches into the windows' order and
/// back; here they stay, and each window gathers its own.
/// </remarks>
internal sealed class Qwen25Tower : Layer, IQwenTower
{
    private readonly QwenVisionConfig _config;
    private readonly PatchEmbed _embed;
    private readonly ModuleList<VisionBlock> _blocks;
    private readonly PatchMerger _merger;

    /// <summary>Builds the tower under its checkpoint names.</summary>
    internal Qwen25Tower(QwenVisionConfig config) : base(nameof(Qwen25Tower))
    {
        _config = config;
        register_module("patch_embed", _embed = new PatchEmbed(config, bias: false));
        register_module("blocks", _blocks = VisionBlock.List(config, () => new RmsNorm(config.HiddenSize, 1e-6),
            () => new SwiGlu(config.HiddenSize, config.IntermediateSize, bias: true)));
        register_module("merger", _merger = new PatchMerger(config, new RmsNorm(config.HiddenSize, 1e-6)));
    }

    /// <inheritdoc/>
    public bool GradientCheckpointing { get; set; }

    /// <inheritdoc/>
    public nn.Module Module => this;

    /// <summary>vision_config; absent fields take the reference's defaults.</summary>
    internal static QwenVisionConfig Read(JsonReader config, QwenTextConfig text)
    {
        JsonReader vision = config.Part("vision_config");
        vision.Activation("hidden_act", "silu");
        QwenVisionConfig read = new QwenVisionConfig(
            vision.Size("hidden_size") ?? 3584, vision.Size("intermediate_size") ?? 3420, vision.Size("depth") ?? 32,
            vision.Size("num_heads") ?? 16, vision.Size("patch_size") ?? 14, vision.Size("temporal_patch_size") ?? 2,
            vision.Size("spatial_merge_size") ?? 2, vision.Size("out_hidden_size") ?? 3584)
            .Checked(config, "out_hidden_size", text);
        int window = (vision.Size("window_size") ?? 112) / read.SpatialMergeSize / read.PatchSize;
        config.Positive("vision_config.window_size in tokens", window);
        return read with
        {
            WindowTokens = window,
            FullAttentionBlocks = vision.Integers("fullatt_block_indexes") ?? [7, 15, 23, 31],
        };
    }

    /// <inheritdoc/>
    public Tensor[] Encode(Tensor patches, PatchGrids grids, Trace? trace)
    {
        Rope rope = grids.Rope(_config.HeadDim, patches.device);
        long[][] tokens = grids.Windows(_config.WindowTokens);
        BlockDiagonalAttention frames = grids.Frames(patches.device);
        var windows = new BlockDiagonalAttention([.. tokens.Select(window => grids.PatchesOf(window))], patches.device);

        Tensor x = _embed.Forward(patches);                                                   // [n, D]
        foreach ((int i, VisionBlock block) in _blocks.Index())
        {
            BlockDiagonalAttention segments = _config.FullAttentionBlocks.Contains(i) ? frames : windows;
            x = Block.Run(GradientCheckpointing, block, before => block.Forward(before, rope, segments), x);
        }
        if (trace is not null)
            Tell(trace, x, tokens, grids);
        return [x];
    }

    /// <inheritdoc/>
    public TowerOutput Merge(Tensor[] states, Trace? trace) => new(_merger.Forward(states[0]), []);

    // The reference records its window order, the patches where each window ends, and the last states in that order.
    private void Tell(Trace trace, Tensor x, long[][] windows, PatchGrids grids)
    {
        long[] order = [.. windows.SelectMany(window => window)];
        int patches = _config.SpatialMergeSize * _config.SpatialMergeSize, end = 0;
        trace("window_index", tensor(order));
        trace("cu_window_seqlens", tensor([0, .. windows.Select(window => end += window.Length * patches)]));
        trace("vision_last_hidden", x.index_select(0, tensor(grids.PatchesOf(order)).On(x.device)));
    }
}
