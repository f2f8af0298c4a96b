using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm.Export;

/// <summary>
/// Places of patches in frames that are partly padding: an image of h x w patches takes its places spread over the whole
/// table, patch row k the row floor(k / h * side); padding has place 0.
/// </summary>
internal static class PatchPositionGraph
{
    /// <param name="graph">The graph.</param>
    /// <param name="valid">[F, side, side] true on patches of the image.</param>
    /// <param name="side">Rows, and columns, of the table.</param>
    /// <returns>[F, side * side] of Int64</returns>
    public static OnnxValue Of(OnnxGraph graph, OnnxValue valid, int side)
    {
        OnnxValue patches = graph.Cast(valid, OnnxType.Float);
        OnnxValue rows = graph.ReduceSum(graph.Squeeze(graph.Slice(patches, 2, 0, 1), 2), 1);          // [F, 1]
        OnnxValue columns = graph.ReduceSum(graph.Squeeze(graph.Slice(patches, 1, 0, 1), 1), 1);
        OnnxValue row = graph.Unsqueeze(Buckets(graph, rows, side), 2);                                // [F, side, 1]
        OnnxValue column = graph.Unsqueeze(Buckets(graph, columns, side), 1);                          // [F, 1, side]
        OnnxValue places = graph.Where(valid, row * side + column, graph.Scalar(0L));
        return graph.Reshape(places, valid.Shape[0], (long)side * side);
    }

    // How many of the boundaries 1/side, 2/side ... lie at or below k/count, in float32 as the reference computes it; k
    // itself where the image fills the side. [F, side]
    private static OnnxValue Buckets(OnnxGraph graph, OnnxValue count, int side)
    {
        OnnxValue k = graph.Constant(arange(side, ScalarType.Float32));
        OnnxValue fraction = graph.Min(k * (graph.Scalar(1.0, OnnxType.Float) / count), graph.Scalar(1 - 1e-6, OnnxType.Float));
        OnnxValue boundaries = graph.Constant(arange(1, side, 1, ScalarType.Float32) / side);
        OnnxValue passed = graph.GreaterOrEqual(graph.Unsqueeze(fraction, 2), boundaries);             // [F, side, side - 1]
        OnnxValue bucket = graph.Squeeze(graph.ReduceSum(graph.Cast(passed, OnnxType.Int64), 2), 2);
        OnnxValue full = graph.Equal(count, graph.Scalar(side, OnnxType.Float));
        return graph.Where(full, graph.Constant(arange(side, ScalarType.Int64)), bucket);
    }
}
