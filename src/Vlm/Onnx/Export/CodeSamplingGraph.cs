using Vlm.Generation;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Onnx.Export;

/// <summary>The nodes that choose codes, by inputs that a client may leave out: <see cref="OnnxCodeTensors"/>.</summary>
/// <remarks>
/// The order of temperature and filters is that of <see cref="TokenDistribution"/>.
/// <code>
/// B rows    n tokens that logits are of    K codes
/// </code>
/// </remarks>
internal static class CodeSamplingGraph
{
    /// <summary>The codes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="logits">[B, n, K] of Float.</param>
    /// <returns>[B, n] of Int64.</returns>
    public static OnnxValue Of(OnnxGraph graph, OnnxValue logits)
    {
        OnnxValue given = graph.Optional(OnnxCodeTensors.Code, full([1, 1], -1, ScalarType.Int64), OnnxDim.Unknown, OnnxDim.Unknown);
        OnnxValue uniforms = graph.Optional(OnnxCodeTensors.Uniform, full([1, 1], -1, ScalarType.Float32), OnnxDim.Unknown, OnnxDim.Unknown);
        OnnxValue mostProbable = graph.ArgMax(logits, -1, keep: false);
        OnnxValue own = graph.Where(graph.Less(uniforms, graph.Scalar(0.0, OnnxType.Float)),
            mostProbable, Sampled(graph, Filtered(graph, logits), uniforms));
        OnnxValue codes = graph.Where(graph.Less(given, graph.Scalar(0L)), own, given);
        return graph.Assume(codes, logits.Shape[0], logits.Shape[1]);
    }

    // How many codes' cumulative shares are not above the number. At most the last: a number just below 1 may become 1.
    private static OnnxValue Sampled(OnnxGraph graph, OnnxValue scores, OnnxValue uniforms)
    {
        long last = scores.Shape[^1].Size!.Value - 1;
        OnnxValue shares = graph.CumSum(graph.Softmax(scores), -1);                            // [B, n, K]
        OnnxValue threshold = graph.Unsqueeze(uniforms, -1) * graph.Slice(shares, -1, last);   // [B, n, 1]
        OnnxValue passed = graph.Cast(graph.LessOrEqual(shares, threshold), OnnxType.Int64);
        return graph.Min(graph.Squeeze(graph.ReduceSum(passed, -1), -1), graph.Scalar(last));
    }

    private static OnnxValue Filtered(OnnxGraph graph, OnnxValue logits)
    {
        OnnxValue temperature = graph.Optional(OnnxCodeTensors.Temperature, tensor(1f));
        OnnxValue scores = (logits - graph.ReduceMax(logits, -1)) / temperature;
        OnnxValue sorted = graph.TopK(scores, logits.Shape[^1].Size!.Value).Values;            // [B, n, K] falling
        OnnxValue least = Ranked(graph, sorted, graph.Optional(OnnxCodeTensors.TopK, tensor(0L)));
        (scores, sorted) = (From(graph, scores, least), From(graph, sorted, least));
        scores = From(graph, scores, Leading(graph, sorted, graph.Optional(OnnxCodeTensors.TopP, tensor(1f))));
        OnnxValue shares = graph.Softmax(scores);
        OnnxValue needed = graph.ReduceMax(shares, -1) * graph.Optional(OnnxCodeTensors.MinP, tensor(0f));
        return graph.Where(graph.Less(shares, needed), Never(graph), scores);
    }

    // The k-th, or the last for 0: [B, n, 1].
    private static OnnxValue Ranked(OnnxGraph graph, OnnxValue sorted, OnnxValue k)
    {
        OnnxValue all = graph.Scalar(sorted.Shape[^1].Size!.Value);
        OnnxValue count = graph.Where(graph.Greater(k, graph.Scalar(0L)), graph.Min(k, all), all);
        return graph.Gather(sorted, graph.Unsqueeze(count - 1, 0), -1);
    }

    // The least whose share, with all that are less, is above 1 - p; the first always: [B, n, 1].
    private static OnnxValue Leading(OnnxGraph graph, OnnxValue sorted, OnnxValue p)
    {
        OnnxValue shares = graph.Softmax(sorted), one = graph.Scalar(1.0, OnnxType.Float);
        OnnxValue rest = one - graph.CumSum(shares, -1) + shares;
        OnnxValue outside = graph.And(graph.Less(p, one), graph.LessOrEqual(rest, one - p));
        return -graph.ReduceMax(-graph.Where(outside, graph.ReduceMax(sorted, -1), sorted), -1);
    }

    private static OnnxValue From(OnnxGraph graph, OnnxValue scores, OnnxValue least) =>
        graph.Where(graph.Less(scores, least), Never(graph), scores);

    private static OnnxValue Never(OnnxGraph graph) => graph.Scalar(TokenDistribution.Never, OnnxType.Float);
}
