namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    /// <summary>The mean over some axes, which stay as size 1.</summary>
    public OnnxValue ReduceMean(OnnxValue x, params long[] axes) =>
        Reduced(Op("ReduceMean", x).RequireFloat().With("axes", axes), x, axes);

    /// <summary>The largest over some axes, which stay as size 1.</summary>
    public OnnxValue ReduceMax(OnnxValue x, params long[] axes) =>
        Reduced(Op("ReduceMax", x).RequireNumber().With("axes", axes), x, axes);

    /// <summary>The sum over some axes, which stay as size 1.</summary>
    public OnnxValue ReduceSum(OnnxValue x, params long[] axes) =>
        Reduced(Op("ReduceSum", x, Constant(axes)).RequireNumber(), x, axes);

    /// <summary>Running sums along an axis, each with its own number.</summary>
    public OnnxValue CumSum(OnnxValue x, long axis)
    {
        OnnxOp op = Op("CumSum", x, Scalar(axis)).RequireNumber();
        op.Axis(axis, x.Rank);
        return op.To(x.Type, x.Shape);
    }

    /// <summary>Shares that sum to 1 along an axis.</summary>
    public OnnxValue Softmax(OnnxValue x, long axis = -1)
    {
        OnnxOp op = Op("Softmax", x).RequireFloat().With("axis", axis);
        op.Axis(axis, x.Rank);
        return op.To(x.Type, x.Shape);
    }

    /// <summary>
    /// Where along an axis the largest number is (the first of equals), Int64; the axis stays as size 1 unless told
    /// otherwise.
    /// </summary>
    public OnnxValue ArgMax(OnnxValue x, long axis, bool keep = true)
    {
        OnnxOp op = Op("ArgMax", x).RequireNumber().With("axis", axis).With("keepdims", keep ? 1 : 0);
        var shape = x.Shape.ToList();
        int at = op.Axis(axis, x.Rank);
        if (keep)
            shape[at] = 1;
        else
            shape.RemoveAt(at);
        return op.To(OnnxType.Int64, shape);
    }

    /// <summary>The k largest along an axis, largest first, and where they are (Int64).</summary>
    public (OnnxValue Values, OnnxValue Indices) TopK(OnnxValue x, long k, long axis = -1)
    {
        OnnxOp op = Op("TopK", x, Constant([k])).RequireNumber().With("axis", axis);
        OnnxDim[] shape = [.. x.Shape];
        int at = op.Axis(axis, x.Rank);
        op.Require(k > 0 && (shape[at].Size is not { } size || k <= size), $"the {k} largest of {shape[at]}");
        shape[at] = k;
        OnnxValue[] both = op.ToAll((x.Type, shape), (OnnxType.Int64, shape));
        return (both[0], both[1]);
    }

    private static OnnxValue Reduced(OnnxOp op, OnnxValue x, long[] axes)
    {
        op.Require(axes.Length > 0, "over no axis");
        OnnxDim[] shape = [.. x.Shape];
        foreach (long axis in axes)
            shape[op.Axis(axis, x.Rank)] = 1;
        return op.With("keepdims", 1).To(x.Type, shape);
    }
}
