using Vlm.Models.SmolVlm;
using Vlm.Models.SmolVlm.Export;
using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Rewards.Learned;

/// <summary>The two towers as ONNX graphs, with the inputs and outputs of the hub's exports.</summary>
internal static class ClipGraphs
{
    private const string Batch = "batch_size", Sequence = "sequence_length";

    /// <summary><c>pixel_values</c> to <c>image_embeds</c> and <c>last_hidden_state</c>.</summary>
    internal static OnnxGraph Vision(ClipModel model)
    {
        ClipConfig config = model.Config;
        var graph = new OnnxGraph("vision_model");
        using ExportModule root = ExportModule.Of(graph, model.Trainable);
        OnnxValue pixels = graph.Input(EncoderGraph.Pixels, OnnxType.Float, Batch, 3, config.ImageSize, config.ImageSize);
        OnnxValue x, first;
        using (ExportModule tower = root.Enter("vision_model"))
        {
            x = tower.LayerNorm("pre_layrnorm", Patches(tower, config, pixels), ClipConfig.Epsilon);
            x = Blocks(tower, config.Blocks(config.Vision), x, bias: null);
            first = tower.LayerNorm("post_layernorm", graph.Squeeze(graph.Slice(x, 1, 0, 1), 1), ClipConfig.Epsilon);
        }

        graph.Output(EncoderGraph.ImageEmbeds, root.Linear("visual_projection", first));
        graph.Output("last_hidden_state", x);
        return graph;
    }

    /// <summary><c>input_ids</c> to <c>text_embeds</c> and <c>last_hidden_state</c>.</summary>
    internal static OnnxGraph Text(ClipModel model)
    {
        var graph = new OnnxGraph("text_model");
        using ExportModule root = ExportModule.Of(graph, model.Trainable);
        OnnxValue ids = graph.Input(EncoderGraph.Ids, OnnxType.Int64, Batch, Sequence);
        OnnxValue x;
        using (ExportModule tower = root.Enter("text_model"))
        {
            x = Blocks(tower, model.Config.Blocks(model.Config.Text), Tokens(tower, ids), Causal(graph));
            x = tower.LayerNorm("final_layer_norm", x, ClipConfig.Epsilon);
        }

        graph.Output(EncoderGraph.TextEmbeds, root.Linear("text_projection", AtEnd(graph, ids, x, model.Config.EosId)));
        graph.Output("last_hidden_state", x);
        return graph;
    }

    // [B, 1 + n, D]
    private static OnnxValue Patches(ExportModule tower, ClipConfig config, OnnxValue pixels)
    {
        (OnnxGraph graph, long p, long n, long D) = (tower.Graph, config.PatchSize, (long)config.Side * config.Side, config.Vision.HiddenSize);
        using ExportModule embeddings = tower.Enter("embeddings");
        OnnxValue cut = graph.Conv(pixels, Weight("patch_embedding.weight"), null, [p, p]);     // [B, D, g, g]
        OnnxValue patches = graph.Transpose(graph.Reshape(cut, Batch, D, n), 0, 2, 1);          // [B, n, D]
        OnnxValue first = graph.Expand(graph.Reshape(Weight("class_embedding"), 1, 1, D), Batch, 1, D);
        return graph.Concat(1, first, patches) + Weight("position_embedding.weight");

        OnnxValue Weight(string name) => graph.Weight(name, embeddings.Weight(name));
    }

    // [B, T, D]
    private static OnnxValue Tokens(ExportModule tower, OnnxValue ids)
    {
        using ExportModule embeddings = tower.Enter("embeddings");
        return tower.Graph.Embedding("token_embedding", ids, embeddings.Weight("token_embedding.weight"))
            + tower.Graph.Embedding("position_embedding", tower.Graph.Range(Sequence), embeddings.Weight("position_embedding.weight"));
    }

    private static OnnxValue Blocks(ExportModule tower, SmolVlmVisionConfig sizes, OnnxValue x, OnnxValue? bias)
    {
        for (int i = 0; i < sizes.Layers; i++)
            using (ExportModule layer = tower.Enter($"encoder.layers.{i}"))
                x = SmolVlmGraphs.Layer(layer, sizes, x, bias);
        return x;
    }

    // [T, T]: token i sees token j where j <= i.
    private static OnnxValue Causal(OnnxGraph graph) =>
        graph.Bias(graph.LessOrEqual(graph.Range(Sequence), graph.Unsqueeze(graph.Range(Sequence), 1)));

    // A product with 1 at the first end token and 0 elsewhere: [B, 1, T] x [B, T, D].
    private static OnnxValue AtEnd(OnnxGraph graph, OnnxValue ids, OnnxValue x, int end)
    {
        OnnxValue place = graph.ArgMax(graph.Cast(graph.Equal(ids, graph.Scalar((long)end)), OnnxType.Float), 1);       // [B, 1]
        OnnxValue there = graph.Cast(graph.Equal(graph.Range(Sequence), place), OnnxType.Float);                        // [B, T]
        return graph.Squeeze(graph.MatMul(graph.Unsqueeze(there, 1), x), 1);
    }
}
