using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Models.QwenVl.Export;

/// <summary>Qwen2.5-VL's tower: most blocks attend within windows, a few over the whole image.</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2502.13923, section 2.1.</remarks>
internal static class Qwen25TowerGraph
{
    private const double Epsilon = 1e-6;

    /// <summary>Blocks and merger.</summary>
    public static OnnxValue Features(ExportModule tower, QwenVisionConfig config, OnnxValue x, PatchCoordinates places) =>
        QwenVlGraphs.Merge(tower, config, Blocks(tower, config, x, places));

    private static OnnxValue Blocks(ExportModule tower, QwenVisionConfig config, OnnxValue x, PatchCoordinates places)
    {
        OnnxRope rope = places.Rope(config.HeadDim);
        (OnnxValue frames, OnnxValue windows) = (places.InFrames(), places.InWindows(config.WindowTokens * config.SpatialMergeSize));
        for (int i = 0; i < config.Layers; i++)
            using (ExportModule block = tower.Enter($"blocks.{i}"))
                x = Block(block, config, x, rope, config.FullAttentionBlocks.Contains(i) ? frames : windows);
        return tower.RmsNorm("merger.ln_q", x, Epsilon);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Block(ExportModule block, QwenVisionConfig config, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxValue attended = x + QwenVlGraphs.Attention(block, config, block.RmsNorm("norm1", x, Epsilon), rope, bias);
        return attended + block.SwiGlu("mlp", block.RmsNorm("norm2", attended, Epsilon));
    }
}
