using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>What the towers of the Qwen-VL families share.</summary>
/// <remarks>
/// <code>
/// N patches of all images    D width    h heads    d = D / h
/// </code>
/// </remarks>
internal static class QwenTower
{
    /// <summary>The names of tower and decoder in checkpoints of Qwen2-VL and Qwen2.5-VL.</summary>
    public const string Visual = "visual", Text = "model";

    private const string Patches = "num_patches";

    /// <summary>vision_encoder.</summary>
    /// <param name="model">Has the weights.</param>
    /// <param name="name">The tower's, in the checkpoint.</param>
    /// <param name="sizes">Of the tower.</param>
    /// <param name="grid">What the family's clients call the sizes of images.</param>
    /// <param name="numbers">What it computes in.</param>
    /// <param name="features">[1, N, D] and places to [image tokens, W]: blocks and mergers, which the families have their own of.</param>
    public static OnnxGraph Of(
        IVisionLanguageModel model, string name, QwenVisionSizes sizes, string grid, ExportNumbers numbers,
        Func<ExportModule, OnnxValue, PatchPlaces, OnnxValue> features)
    {
        OnnxGraph graph = numbers.Graph(numbers.Tower);
        OnnxValue pixels = graph.Input("pixel_values", OnnxType.Float, Patches, sizes.PatchValues);
        var places = PatchPlaces.Of(graph, graph.Input(grid, OnnxType.Int64, "num_images", 3), Patches, sizes.Merge);
        using ExportModule tower = ExportModule.Of(graph, model).Enter(name);
        OnnxWeight weight = tower.Weight("patch_embed.proj.weight");
        OnnxValue x = graph.Linear("patch_embed.proj", graph.Unsqueeze(graph.Cast(pixels, graph.Activations), 0),
            weight.To([sizes.Width, sizes.PatchValues], value => value.flatten(1)), tower.Find("patch_embed.proj.bias"));
        OnnxValue found = features(tower, x, places);
        graph.Output("image_features", graph.Cast(found, OnnxType.Float), "num_image_tokens", found.Shape[^1]);
        return graph;
    }

    /// <summary>The blocks of patches of Qwen2-VL and Qwen2.5-VL as the decoder takes them.</summary>
    public static OnnxValue Merge(ExportModule tower, QwenVisionSizes sizes, OnnxValue x)
    {
        using ExportModule merger = tower.Enter("merger.mlp");
        OnnxValue merged = tower.Graph.Reshape(x, OnnxDim.Unknown, sizes.MergedWidth);
        return merger.Linear("2", tower.Graph.Gelu(merger.Linear("0", merged)));
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
