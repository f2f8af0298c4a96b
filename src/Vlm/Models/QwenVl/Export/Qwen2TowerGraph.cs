using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Models.QwenVl.Export;

/// <summary>Qwen2-VL's tower: a ViT in which patches attend to their frame.</summary>
/// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191.</remarks>
internal static class Qwen2TowerGraph
{
    private const double Epsilon = 1e-6;

    /// <summary>Blocks and merger.</summary>
    public static OnnxValue Features(ExportModule tower, QwenVisionConfig config, OnnxValue x, PatchCoordinates places) =>
        QwenVlGraphs.Merge(tower, config, Blocks(tower, config, x, places));

    private static OnnxValue Blocks(ExportModule tower, QwenVisionConfig config, OnnxValue x, PatchCoordinates places)
    {
        (OnnxRope rope, OnnxValue bias) = (places.Rope(config.HeadDim), places.InFrames());
        for (int i = 0; i < config.Layers; i++)
            using (ExportModule block = tower.Enter($"blocks.{i}"))
                x = Block(block, config, x, rope, bias);
        return tower.LayerNorm("merger.ln_q", x, Epsilon);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Block(ExportModule block, QwenVisionConfig config, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxValue attended = x + QwenVlGraphs.Attention(block, config, block.LayerNorm("norm1", x, Epsilon), rope, bias);
        OnnxValue normed = block.LayerNorm("norm2", attended, Epsilon);
        using ExportModule mlp = block.Enter("mlp");
        return attended + mlp.Linear("fc2", block.Graph.QuickGelu(mlp.Linear("fc1", normed)));
    }
}
