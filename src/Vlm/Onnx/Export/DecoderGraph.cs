using TorchSharp;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>The Llama decoder that all families share, and its embedding.</summary>
/// <remarks>
/// Touvron et al. 2023, https://arxiv.org/abs/2302.13971, section 2.2. Inputs and outputs are those that transformers.js
/// takes by name; they are float32 whatever the graph computes in, but for the caches.
///
/// Clients hand on one vector for each token and know of no features that join later layers (Qwen3-VL's DeepStack). So there
/// a token's vector is 1 + k times as wide: what the first layer takes, then what is added behind each of the first k layers,
/// which is 0 for tokens of text.
/// <code>
/// B rows    T tokens of this pass    S tokens with those of the past    D width    H heads    K kv heads    d head width
/// </code>
/// </remarks>
internal static class DecoderGraph
{
    /// <summary>The dimension of rows.</summary>
    internal const string Batch = "batch_size";

    private const string Sequence = "sequence_length", Past = "past_sequence_length", Total = "total_sequence_length",
        Places = "num_logits", Head = "lm_head", Table = "embed_tokens", Features = "num_image_tokens";

    /// <summary>embed_tokens: ids to vectors, and for onnxruntime-genai with the vectors of images in place.</summary>
    /// <param name="model">Has the weights.</param>
    /// <param name="text">The decoder's name in the checkpoint.</param>
    /// <param name="precision">What is stored.</param>
    /// <param name="deep">How many layers features of images are added behind.</param>
    public static OnnxGraph Embedding(IVisionLanguageModel model, string text, ExportPrecision precision, int deep = 0)
    {
        long width = model.Sizes.Attention.HiddenSize;
        OnnxGraph graph = precision.Graph(precision.Embedding);
        OnnxValue ids = graph.Input("input_ids", OnnxType.Int64, Batch, Sequence);
        using ExportModule decoder = ExportModule.Of(graph, model).Enter(text);
        OnnxValue embedded = graph.Cast(
            graph.Embedding(Table, ids, decoder.Weight($"{Table}.weight")), OnnxType.Float);
        if (deep > 0)
            embedded = graph.Concat(-1, embedded,
                graph.Expand(graph.Scalar(0.0, OnnxType.Float), Batch, Sequence, deep * width));
        if (precision.Genai)
            embedded = Placed(graph, embedded, graph.Equal(ids, graph.Scalar((long)model.ImageToken)));
        graph.Output("inputs_embeds", embedded, Batch, Sequence, (1 + deep) * width);
        return graph;
    }

    // The vectors of images in the order of the places, [N, D]; a row of zeros before them stands for all other places.
    // Without images, where N is 0, a placeholder is a token as others are: a model may write one.
    private static OnnxValue Placed(OnnxGraph graph, OnnxValue embedded, OnnxValue places)
    {
        long width = embedded.Shape[^1].Size!.Value;
        OnnxValue features = graph.Input("image_features", OnnxType.Float, Features, width);
        places = graph.And(places, graph.Greater(graph.ScalarOf(Features), graph.Scalar(0L)));
        OnnxValue table = graph.Concat(0, graph.Constant(torch.zeros(1, width)), features);
        OnnxValue flat = graph.Reshape(graph.Cast(places, OnnxType.Int64), [OnnxDim.Unknown]);
        OnnxValue row = graph.Reshape(graph.CumSum(flat, 0) * flat, Batch, Sequence);          // [B, T] 0 elsewhere
        return graph.Where(graph.Unsqueeze(places, 2), graph.Gather(table, row), embedded);
    }

    /// <summary>decoder_model_merged: vectors and caches to logits and caches; one graph for prompts and for single tokens.</summary>
    /// <param name="model">Has the weights.</param>
    /// <param name="text">The decoder's name in the checkpoint.</param>
    /// <param name="sections">How three axes of positions share the rotation; null where positions have one.</param>
    /// <param name="latent">The codes that it acts through; null where its logits are the model's own.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="deep">How many layers features of images are added behind.</param>
    public static OnnxGraph Decoder(
        IVisionLanguageModel model, string text, MRopeSections? sections, LatentModules? latent, ExportPrecision precision,
        int deep = 0)
    {
        DecoderConfig sizes = model.Sizes;
        long width = sizes.Attention.HiddenSize;
        OnnxGraph graph = precision.Graph(precision.Decoder);
        ExportModule root = ExportModule.Of(graph, model);
        OnnxValue given = graph.Input("inputs_embeds", OnnxType.Float, Batch, Sequence, (1 + deep) * width);
        OnnxValue mask = graph.Input("attention_mask", OnnxType.Int64, Batch, Total);
        OnnxRope rope = graph.Rope(
            sections is null ? Angles(graph, sizes) : Angles(graph, sizes, sections), sizes.RopeScaling?.AttentionFactor ?? 1);
        var pass = new Pass(sizes, rope, graph.CausalBias(mask, Sequence));

        OnnxValue[] parts = deep == 0 ? [given] : graph.Split(given, -1, [.. Enumerable.Repeat(width, 1 + deep)]);
        OnnxValue x = graph.Cast(parts[0], graph.Activations), tapped = x;                     // [B, T, D]
        using (ExportModule decoder = root.Enter(text))
            x = Layers(decoder, sizes.Layers, pass, x, first: 0, Before, parts[1..]);

        Func<OnnxValue, OnnxValue> kept = precision.Genai ? all => all : Last(graph);
        OnnxValue read = latent is null ? kept(x)
            : LatentGraph.Act(graph, latent, Norm, pass, new(latent.Tap is null ? x : tapped, x), kept);
        OnnxWeight head = root.Find($"{Head}.weight") ?? root.Weight($"{text}.{Table}.weight");
        graph.Output("logits", graph.Cast(graph.Linear(Head, read, head), OnnxType.Float),
            Batch, precision.Genai ? Sequence : Places, sizes.VocabSize);
        return graph;

        void Before(int layer, OnnxValue input) => tapped = layer == latent?.Tap ? input : tapped;

        OnnxValue Norm(OnnxValue value)
        {
            using ExportModule decoder = root.Enter(text);
            return decoder.RmsNorm("norm", value, sizes.Epsilon);
        }
    }

    /// <summary>Decoder layers and the norm behind them.</summary>
    /// <param name="decoder">Has "layers" and "norm".</param>
    /// <param name="count">How many layers.</param>
    /// <param name="pass">What they share.</param>
    /// <param name="x">[B, T, D]</param>
    /// <param name="first">The number of the first layer's cache.</param>
    /// <param name="before">Told the input of each layer; null for nobody.</param>
    /// <param name="deep">[B, T, D] each: what is added behind the first layers.</param>
    internal static OnnxValue Layers(
        ExportModule decoder, int count, Pass pass, OnnxValue x, int first, Action<int, OnnxValue>? before = null, params OnnxValue[] deep)
    {
        for (int i = 0; i < count; i++)
            using (ExportModule layer = decoder.Enter($"layers.{i}"))
            {
                before?.Invoke(i, x);
                x = Layer(layer, x, pass, first + i);
                if (i < deep.Length)
                    x = x + layer.Graph.Cast(deep[i], x.Type);
            }
        return decoder.RmsNorm("norm", x, pass.Sizes.Epsilon);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Layer(ExportModule layer, OnnxValue x, Pass pass, int number)
    {
        OnnxValue attended = x + Attention(layer, layer.RmsNorm("input_layernorm", x, pass.Sizes.Epsilon), pass, number);
        return attended + layer.SwiGlu("mlp", layer.RmsNorm("post_attention_layernorm", attended, pass.Sizes.Epsilon));
    }

    private static OnnxValue Attention(ExportModule layer, OnnxValue x, Pass pass, int number)
    {
        (OnnxGraph graph, AttentionConfig sizes) = (layer.Graph, pass.Sizes.Attention);
        using ExportModule attention = layer.Enter("self_attn");
        (OnnxValue q, OnnxValue k) = (Turned("q", sizes.Heads), Turned("k", sizes.KvHeads));
        OnnxValue v = graph.SplitHeads(attention.Linear("v_proj", x), sizes.KvHeads);
        (k, v) = (Cached(graph, sizes, k, $"{number}.key"), Cached(graph, sizes, v, $"{number}.value"));
        return attention.Linear("o_proj", graph.JoinHeads(graph.Attention(q, k, v, pass.Bias)));

        OnnxValue Turned(string name, int heads)
        {
            OnnxValue split = graph.SplitHeads(attention.Linear($"{name}_proj", x), heads);
            return graph.Rotate(sizes.QkNormEpsilon is { } epsilon ? attention.RmsNorm($"{name}_norm", split, epsilon) : split, pass.Rope);
        }
    }

    // [B, K, T, d] -> [B, K, S, d], which the next pass takes.
    private static OnnxValue Cached(OnnxGraph graph, AttentionConfig sizes, OnnxValue now, string name)
    {
        OnnxValue past = graph.Input(
            $"past_key_values.{name}", graph.Activations, Batch, sizes.KvHeads, Past, sizes.HeadDim);
        OnnxValue all = graph.Extend(past, now, Total);
        graph.Output($"present.{name}", all);
        return all;
    }

    // One position per token: [B, T, d/2].
    private static OnnxValue Angles(OnnxGraph graph, DecoderConfig sizes)
    {
        OnnxValue positions = graph.Input("position_ids", OnnxType.Int64, Batch, Sequence);
        return graph.Unsqueeze(graph.Cast(positions, OnnxType.Float), -1) * Frequencies(graph, sizes);
    }

    // Each frequency turned by the axis it belongs to: [B, T, d/2].
    private static OnnxValue Angles(OnnxGraph graph, DecoderConfig sizes, MRopeSections sections)
    {
        OnnxValue positions = graph.Input("position_ids", OnnxType.Int64, 3, Batch, Sequence);
        OnnxValue axes = graph.Constant(sections.AxisOf(sizes.Attention.HeadDim / 2));
        OnnxValue own = graph.Gather(graph.Cast(positions, OnnxType.Float), axes);             // [d/2, B, T]
        return graph.Transpose(own, 1, 2, 0) * Frequencies(graph, sizes);
    }

    private static OnnxValue Frequencies(OnnxGraph graph, DecoderConfig sizes) =>
        graph.Constant(Rope.InverseFrequencies(sizes.Attention.HeadDim, sizes.RopeTheta, torch.CPU, sizes.RopeScaling));

    // Only the last so many tokens, of which clients ask for 1 while they generate; 0 is all of them.
    private static Func<OnnxValue, OnnxValue> Last(OnnxGraph graph)
    {
        OnnxValue start = graph.Unsqueeze(-graph.Input("num_logits_to_keep", OnnxType.Int64), 0);
        return x => graph.Assume(graph.Slice(x, 1, start, end: null), Batch, Places, x.Shape[^1]);
    }

    /// <summary>What all layers of a pass share.</summary>
    internal sealed record Pass(DecoderConfig Sizes, OnnxRope Rope, OnnxValue Bias);
}
