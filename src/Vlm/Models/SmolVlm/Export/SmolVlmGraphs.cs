using Vlm.LatentActions;
using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Models.SmolVlm.Export;

/// <summary>SmolVLM, SmolVLM2 and Idefics3: SigLIP tower and connector; the decoder is that of all families.</summary>
/// <remarks>
/// Marafioti et al. 2025, https://arxiv.org/abs/2504.05299; Laurencon et al. 2024, https://arxiv.org/abs/2408.12637.
/// <code>
/// F frames    g patches along a frame's side    n = g^2    p pixels along a patch's side    D width    h heads
/// </code>
/// </remarks>
internal static class SmolVlmGraphs
{
    private const string Text = "model.text_model", Frames = "frames";

    /// <summary>The three graphs.</summary>
    public static ExportGraphs Of(SmolVlmModel model, LatentModules? latent, ExportPrecision precision) => new(
        () => Tower(model, precision),
        () => DecoderGraph.Embedding(model, Text, precision),
        () => DecoderGraph.Decoder(model, Text, sections: null, latent, precision));

    private static OnnxGraph Tower(SmolVlmModel model, ExportPrecision precision)
    {
        SmolVlmVisionConfig sizes = model.Config.Vision;
        OnnxGraph graph = precision.Graph(precision.Tower);
        ExportModule root = ExportModule.Of(graph, model);
        (OnnxValue pixels, OnnxValue valid) = Inputs(graph, sizes);
        OnnxValue patches = ValidPatches(graph, sizes, valid);                                 // [F, g, g]

        OnnxValue x;
        using (ExportModule tower = root.Enter("model.vision_model"))
        {
            x = Embed(tower, sizes, pixels, PatchPositionGraph.Of(graph, patches, sizes.Side));
            OnnxValue bias = graph.Bias(graph.Reshape(patches, Frames, 1, 1, sizes.Side * sizes.Side));
            for (int i = 0; i < sizes.Layers; i++)
                using (ExportModule layer = tower.Enter($"encoder.layers.{i}"))
                    x = Layer(layer, sizes, x, bias);
            x = tower.LayerNorm("post_layernorm", x, sizes.Epsilon);
        }

        using ExportModule connector = root.Enter("model.connector.modality_projection");
        OnnxValue features = connector.Linear("proj", Fold(graph, x, sizes.Side, model.Config.ScaleFactor));
        graph.Output("image_features", graph.Cast(features, OnnxType.Float));
        return graph;
    }

    // Frames of zeros pad prompts with fewer frames than others, and are dropped.
    private static (OnnxValue Pixels, OnnxValue Valid) Inputs(OnnxGraph graph, SmolVlmVisionConfig sizes)
    {
        (long H, long W) = (sizes.ImageSize, sizes.ImageSize);
        OnnxDim[] places = ["batch_size", "num_images"];
        OnnxValue pixels = graph.Input("pixel_values", OnnxType.Float, [.. places, 3, H, W]);
        OnnxValue valid = graph.Input("pixel_attention_mask", OnnxType.Bool, [.. places, H, W]);

        OnnxValue all = graph.Reshape(pixels, -1, 3, H, W);
        OnnxValue real = graph.Reshape(
            graph.Greater(graph.ReduceMax(graph.Abs(all), 1, 2, 3), graph.Scalar(0.0, OnnxType.Float)), [OnnxDim.Unknown]);
        OnnxValue kept = graph.Compress(graph.Reshape(valid, -1, H, W), real);
        return (graph.Assume(graph.Compress(all, real), Frames, 3, H, W), graph.Assume(kept, Frames, H, W));
    }

    // True on patches with a pixel of the image.
    private static OnnxValue ValidPatches(OnnxGraph graph, SmolVlmVisionConfig sizes, OnnxValue valid)
    {
        long p = sizes.PatchSize;
        OnnxValue most = graph.MaxPool(graph.Unsqueeze(graph.Cast(valid, OnnxType.Float), 1), [p, p], [p, p]);
        return graph.Greater(graph.Squeeze(most, 1), graph.Scalar(0.5, OnnxType.Float));
    }

    // Cuts frames into patches, and adds to each the vector of its place: [F, n, D].
    private static OnnxValue Embed(ExportModule tower, SmolVlmVisionConfig sizes, OnnxValue pixels, OnnxValue places)
    {
        (OnnxGraph graph, long p, long n) = (tower.Graph, sizes.PatchSize, (long)sizes.Side * sizes.Side);
        using ExportModule embeddings = tower.Enter("embeddings");
        OnnxValue cut = graph.Conv(graph.Cast(pixels, graph.Activations),
            graph.Weight("patch_embedding.weight", embeddings.Weight("patch_embedding.weight")),
            graph.Weight("patch_embedding.bias", embeddings.Weight("patch_embedding.bias")), [p, p]);
        OnnxValue x = graph.Transpose(graph.Reshape(cut, Frames, sizes.HiddenSize, n), 0, 2, 1);
        return x + graph.Embedding("position_embedding", places, embeddings.Weight("position_embedding.weight"));
    }

    /// <summary>One block of a tower, <see cref="VisionLayer"/>.</summary>
    /// <param name="layer">Its weights.</param>
    /// <param name="sizes">Heads, and what norms add.</param>
    /// <param name="x">[F, n, D]</param>
    /// <param name="bias">Added to the scores [F, h, n, n], broadcast; null for none.</param>
    internal static OnnxValue Layer(ExportModule layer, SmolVlmVisionConfig sizes, OnnxValue x, OnnxValue? bias)
    {
        OnnxValue attended = x + Attention(layer, layer.LayerNorm("layer_norm1", x, sizes.Epsilon), sizes.Heads, bias);
        OnnxValue normed = layer.LayerNorm("layer_norm2", attended, sizes.Epsilon);
        using ExportModule mlp = layer.Enter("mlp");
        return attended + mlp.Linear("fc2", layer.Graph.GeluTanh(mlp.Linear("fc1", normed)));
    }

    private static OnnxValue Attention(ExportModule layer, OnnxValue x, int heads, OnnxValue? bias)
    {
        OnnxGraph graph = layer.Graph;
        using ExportModule attention = layer.Enter("self_attn");
        OnnxValue q = graph.SplitHeads(attention.Linear("q_proj", x), heads);                  // [F, h, n, d]
        OnnxValue k = graph.SplitHeads(attention.Linear("k_proj", x), heads);
        OnnxValue v = graph.SplitHeads(attention.Linear("v_proj", x), heads);
        return attention.Linear("out_proj", graph.JoinHeads(graph.Attention(q, k, v, bias)));
    }

    // s x s neighbouring patches to one vector, row by row: [F, (g/s)^2, s^2 D].
    private static OnnxValue Fold(OnnxGraph graph, OnnxValue x, long side, long s)
    {
        (long D, long cells) = (x.Shape[^1].Size!.Value, side / s);
        OnnxValue squares = graph.Transpose(graph.Reshape(x, Frames, cells, s, cells, s, D), 0, 1, 3, 2, 4, 5);
        return graph.Reshape(squares, Frames, cells * cells, s * s * D);
    }
}
