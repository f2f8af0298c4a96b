using Vlm.LatentActions;
using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Models.QwenVl.Export;

/// <summary>The graphs of Qwen2-VL, Qwen2.5-VL and Qwen3-VL: what their towers share, and the decoder of all families.</summary>
/// <remarks>
/// <code>
/// N patches of all images    D width    h heads    d = D / h
/// </code>
/// </remarks>
internal static class QwenVlGraphs
{
    private const string Patches = "num_patches";

    /// <summary>The three graphs of a model.</summary>
    /// <param name="model">Without adapters.</param>
    /// <param name="latent">The codes that its decoder acts through; null where it samples tokens.</param>
    /// <param name="precision">What they compute in.</param>
    public static ExportGraphs Of(QwenVlModel model, LatentModules? latent, ExportPrecision precision)
    {
        (QwenVlVersion version, int deep) = (model.Config.Version, model.Config.Vision.DeepStackBlocks.Count);
        string text = version.Nested ? "model.language_model" : "model";
        return new ExportGraphs(
            () => Tower(model, version, precision),
            () => DecoderGraph.Embedding(model, text, precision, deep),
            () => DecoderGraph.Decoder(model, text, model.Config.Text.Sections, latent, precision, deep));
    }

    /// <summary>vision_encoder.</summary>
    /// <param name="model">Has the weights.</param>
    /// <param name="version">Its release.</param>
    /// <param name="precision">What it computes in.</param>
    private static OnnxGraph Tower(QwenVlModel model, QwenVlVersion version, ExportPrecision precision)
    {
        QwenVisionConfig config = model.Config.Vision;
        string grid = precision.Genai ? "image_grid_thw" : version.GridInput;
        OnnxGraph graph = precision.Graph(precision.Tower);
        OnnxValue pixels = graph.Input("pixel_values", OnnxType.Float, Patches, config.PatchValues);
        var places = PatchCoordinates.Of(graph, graph.Input(grid, OnnxType.Int64, "num_images", 3), Patches, config.SpatialMergeSize);
        using ExportModule tower = ExportModule.Of(graph, model).Enter(version.Nested ? "model.visual" : "visual");
        OnnxWeight weight = tower.Weight("patch_embed.proj.weight");
        OnnxValue x = graph.Linear("patch_embed.proj", graph.Unsqueeze(graph.Cast(pixels, graph.Activations), 0),
            weight.To([config.HiddenSize, config.PatchValues], value => value.flatten(1)), tower.Find("patch_embed.proj.bias"));
        OnnxValue found = version.TowerGraph(tower, config, x, places);
        graph.Output("image_features", graph.Cast(found, OnnxType.Float), "num_image_tokens", found.Shape[^1]);
        return graph;
    }

    /// <summary>The blocks of patches of Qwen2-VL and Qwen2.5-VL as the decoder takes them.</summary>
    public static OnnxValue Merge(ExportModule tower, QwenVisionConfig config, OnnxValue x)
    {
        using ExportModule merger = tower.Enter("merger.mlp");
        OnnxValue merged = tower.Graph.Reshape(x, OnnxDim.Unknown, config.MergedSize);
        return merger.Linear("2", tower.Graph.Gelu(merger.Linear("0", merged)));
    }

    /// <summary>Each patch attends to those that the bias lets it see.</summary>
    public static OnnxValue Attention(ExportModule block, QwenVisionConfig config, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxGraph graph = block.Graph;
        using ExportModule attention = block.Enter("attn");
        OnnxValue[] qkv = [.. graph.Split(attention.Linear("qkv", x), -1, config.HiddenSize, config.HiddenSize, config.HiddenSize)
            .Select(part => graph.SplitHeads(part, config.Heads))];                             // [1, h, N, d]
        (OnnxValue q, OnnxValue k) = (graph.Rotate(qkv[0], rope), graph.Rotate(qkv[1], rope));
        return attention.Linear("proj", graph.JoinHeads(graph.Attention(q, k, qkv[2], bias)));
    }
}
