using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>What the towers of Qwen2-VL and Qwen2.5-VL share.</summary>
/// <remarks>
/// <code>
/// N patches of all images    D width    h heads    d = D / h
/// </code>
/// </remarks>
internal static class QwenTower
{
    /// <summary>The decoder's name in the checkpoint.</summary>
    public const string Text = "model";

    private const string Patches = "num_patches";

    /// <summary>vision_encoder.</summary>
    /// <param name="model">Has the weights.</param>
    /// <param name="sizes">Of the tower.</param>
    /// <param name="grid">What the family's clients call the sizes of images.</param>
    /// <param name="numbers">What it computes in.</param>
    /// <param name="blocks">[1, N, D] and places to [1, N, D]: the blocks and the last norm, which the families have their own of.</param>
    public static OnnxGraph Of(
        IVisionLanguageModel model, QwenVisionSizes sizes, string grid, ExportNumbers numbers,
        Func<ExportModule, OnnxValue, PatchPlaces, OnnxValue> blocks)
    {
        OnnxGraph graph = numbers.Graph(numbers.Tower);
        OnnxValue pixels = graph.Input("pixel_values", OnnxType.Float, Patches, sizes.PatchValues);
        var places = PatchPlaces.Of(graph, graph.Input(grid, OnnxType.Int64, "num_images", 3), Patches, sizes.Merge);
        using ExportModule tower = ExportModule.Of(graph, model).Enter("visual");
        OnnxWeight weight = tower.Weight("patch_embed.proj.weight");
        OnnxValue x = graph.Linear("patch_embed.proj", graph.Unsqueeze(graph.Cast(pixels, graph.Activations), 0),
            weight.To([sizes.Width, sizes.PatchValues], value => value.flatten(1)));

        x = graph.Reshape(blocks(tower, x, places), OnnxDim.Unknown, sizes.MergedWidth);
        using ExportModule merger = tower.Enter("merger.mlp");
        OnnxValue features = merger.Linear("2", graph.Gelu(merger.Linear("0", x)));
        graph.Output("image_features", graph.Cast(features, OnnxType.Float), "num_image_tokens", sizes.Output);
        return graph;
    }

    /// <summary>Each patch attends to those that the bias lets it see.</summary>
    public static OnnxValue Attention(ExportModule block, QwenVisionSizes sizes, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxGraph graph = block.Graph;
        using ExportModule attention = block.Enter("attn");
        OnnxValue[] qkv = [.. graph.Split(attention.Linear("qkv", x), -1, sizes.Width, sizes.Width, sizes.Width)
            .Select(part => graph.SplitHeads(part, sizes.Heads))];                             // [1, h, N, d]
        (OnnxValue q, OnnxValue k) = (graph.Rotate(qkv[0], rope), graph.Rotate(qkv[1], rope));
        return attention.Linear("proj", graph.JoinHeads(graph.Attention(q, k, qkv[2], bias)));
    }
}
