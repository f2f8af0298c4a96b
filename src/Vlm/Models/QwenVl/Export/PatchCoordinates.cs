using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Export;

/// <summary>
/// Where each patch lies, found from the sizes of the images alone: rows come image after image, frame after frame, and
/// within a frame block by block of merge x merge patches. Integers throughout, [N] each.
/// </summary>
/// <remarks>
/// Patches are told apart by N x N truth values, 1 GB of biases at 16,000 patches: enough for several images, not for
/// films.
/// </remarks>
/// <param name="Frame">A number of its own for each frame of each image.</param>
/// <param name="Row">In its image.</param>
/// <param name="Column">In its image.</param>
/// <param name="Rows">Of its image, made when it is asked for.</param>
/// <param name="Columns">Of its image, made when it is asked for.</param>
internal sealed record PatchCoordinates(
    OnnxValue Frame, OnnxValue Row, OnnxValue Column, Func<OnnxValue> Rows, Func<OnnxValue> Columns)
{
    // More rows and columns of windows than an image can have.
    private const double Many = 1 << 20;

    /// <param name="graph">The graph.</param>
    /// <param name="grid">[images, 3] frames, rows and columns in patches.</param>
    /// <param name="patches">N.</param>
    /// <param name="merge">Patches along a block's side.</param>
    public static PatchCoordinates Of(OnnxGraph graph, OnnxValue grid, OnnxDim patches, int merge)
    {
        OnnxValue[] sides = [.. graph.Split(grid, 1, 1, 1, 1).Select(side => graph.Squeeze(side, 1))];    // [images]
        (OnnxValue frames, OnnxValue area) = (sides[0], sides[1] * sides[2]);
        OnnxValue ends = graph.CumSum(frames * area, 0);
        OnnxValue at = graph.Range(patches);
        OnnxValue image = Count(graph, graph.GreaterOrEqual(graph.Unsqueeze(at, 1), ends));
        OnnxValue Own(OnnxValue perImage) => graph.Gather(perImage, image);

        OnnxValue within = at - Own(ends - frames * area);
        (OnnxValue frame, OnnxValue inFrame) = Divide(within, Own(area));
        (OnnxValue block, OnnxValue inBlock) = Divide(inFrame, graph.Scalar((long)merge * merge));
        (OnnxValue top, OnnxValue left) = Divide(block, Own(sides[2] / merge));
        (OnnxValue down, OnnxValue right) = Divide(inBlock, graph.Scalar((long)merge));
        return new PatchCoordinates(Own(graph.CumSum(frames, 0) - frames) + frame, top * merge + down, left * merge + right,
            () => Own(sides[1]), () => Own(sides[2]));
    }

    /// <summary>Every patch of a frame sees every other of it. [N, N] of Float</summary>
    public OnnxValue InFrames() => Among(Frame);

    /// <summary>Patches see those of their window, a square cut at the right and at the bottom. [N, N] of Float</summary>
    /// <param name="side">Patches along a window's side.</param>
    public OnnxValue InWindows(int side) => Among((Frame * Many + Row / side) * Many + Column / side);

    /// <summary>The rotation by row and column, an axis each half of the frequencies. [1, N, d]</summary>
    /// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191, section 2.1 ("2D-RoPE"), base 10000.</remarks>
    public OnnxRope Rope(int headWidth)
    {
        OnnxGraph graph = Row.Graph;
        OnnxValue inverse = graph.Constant(Layers.Rope.InverseFrequencies(headWidth / 2, 10000, CPU));    // [d/4]
        OnnxValue Angles(OnnxValue places) => graph.Unsqueeze(graph.Cast(places, OnnxType.Float), 1) * inverse;
        return graph.Rope(graph.Concat(1, Angles(Row), Angles(Column)));
    }

    private static OnnxValue Among(OnnxValue key) => key.Graph.Bias(
        key.Graph.Equal(key.Graph.Unsqueeze(key, 1), key.Graph.Unsqueeze(key, 0)));

    private static OnnxValue Count(OnnxGraph graph, OnnxValue truths) =>
        graph.Squeeze(graph.ReduceSum(graph.Cast(truths, OnnxType.Int64), 1), 1);

    private static (OnnxValue Quotient, OnnxValue Left) Divide(OnnxValue a, OnnxValue b)
    {
        OnnxValue quotient = a / b;
        return (quotient, a - quotient * b);
    }
}
