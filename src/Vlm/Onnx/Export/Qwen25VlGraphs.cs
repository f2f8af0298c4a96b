using Vlm.LatentActions;
using Vlm.Models.Qwen25Vl;
using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>Qwen2.5-VL: a tower that mostly looks through windows, and a decoder with positions on three axes.</summary>
/// <remarks>Bai et al. 2025, https://arxiv.org/abs/2502.13923, section 2.1.</remarks>
internal static class Qwen25VlGraphs
{
    private const double Epsilon = 1e-6;

    /// <summary>The three graphs.</summary>
    public static ExportGraphs Of(Qwen25VlModel model, LatentModules? latent, ExportNumbers numbers) => new(
        () => QwenTower.Of(model, QwenTower.Visual, model.Config.Vision.Sizes, "image_grid_thw", numbers,
            (tower, x, places) => QwenTower.Merge(tower, model.Config.Vision.Sizes, Blocks(tower, model.Config.Vision, x, places))),
        () => DecoderGraph.Embedding(model, QwenTower.Text, numbers),
        () => DecoderGraph.Decoder(model, QwenTower.Text, model.Config.Text.Sections, latent, numbers));

    private static OnnxValue Blocks(ExportModule tower, Qwen25VisionConfig config, OnnxValue x, PatchPlaces places)
    {
        QwenVisionSizes sizes = config.Sizes;
        OnnxRope rope = places.Rope(sizes.HeadWidth);
        (OnnxValue frames, OnnxValue windows) = (places.InFrames(), places.InWindows(config.Window * sizes.Merge));
        for (int i = 0; i < sizes.Layers; i++)
            using (ExportModule block = tower.Enter($"blocks.{i}"))
                x = Block(block, sizes, x, rope, config.FullBlocks.Contains(i) ? frames : windows);
        return tower.RmsNorm("merger.ln_q", x, Epsilon);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Block(ExportModule block, QwenVisionSizes sizes, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxValue attended = x + QwenTower.Attention(block, sizes, block.RmsNorm("norm1", x, Epsilon), rope, bias);
        return attended + block.SwiGlu("mlp", block.RmsNorm("norm2", attended, Epsilon));
    }
}
