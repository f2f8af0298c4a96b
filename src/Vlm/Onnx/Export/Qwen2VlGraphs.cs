using Vlm.LatentActions;
using Vlm.Models.Qwen2Vl;
using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>Qwen2-VL: a ViT in which patches see their frame, and a decoder with positions on three axes.</summary>
/// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191.</remarks>
internal static class Qwen2VlGraphs
{
    private const double Epsilon = 1e-6;

    /// <summary>The three graphs.</summary>
    public static ExportGraphs Of(Qwen2VlModel model, LatentModules? latent, ExportNumbers numbers) => new(
        () => QwenTower.Of(model, QwenTower.Visual, model.Config.Vision, numbers.Genai ? "image_grid_thw" : "grid_thw", numbers,
            (tower, x, places) => QwenTower.Merge(tower, model.Config.Vision, Blocks(tower, model.Config.Vision, x, places))),
        () => DecoderGraph.Embedding(model, QwenTower.Text, numbers),
        () => DecoderGraph.Decoder(model, QwenTower.Text, model.Config.Text.Sections, latent, numbers));

    private static OnnxValue Blocks(ExportModule tower, QwenVisionSizes sizes, OnnxValue x, PatchPlaces places)
    {
        (OnnxRope rope, OnnxValue bias) = (places.Rope(sizes.HeadWidth), places.InFrames());
        for (int i = 0; i < sizes.Layers; i++)
            using (ExportModule block = tower.Enter($"blocks.{i}"))
                x = Block(block, sizes, x, rope, bias);
        return tower.LayerNorm("merger.ln_q", x, Epsilon);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Block(ExportModule block, QwenVisionSizes sizes, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxValue attended = x + QwenTower.Attention(block, sizes, block.LayerNorm("norm1", x, Epsilon), rope, bias);
        OnnxValue normed = block.LayerNorm("norm2", attended, Epsilon);
        using ExportModule mlp = block.Enter("mlp");
        return attended + mlp.Linear("fc2", block.Graph.QuickGelu(mlp.Linear("fc1", normed)));
    }
}
