namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    /// <summary>The matrix product over the last two dimensions, the others broadcast.</summary>
    /// <param name="a">[.., n, k], at least two dimensions.</param>
    /// <param name="b">[.., k, m]</param>
    public OnnxValue MatMul(OnnxValue a, OnnxValue b)
    {
        OnnxOp op = Op("MatMul", a, b).RequireSameType().RequireNumber()
            .Require(a.Rank >= 2 && b.Rank >= 2, "takes matrices");
        op.Require(a.Dim(-1).Fits(b.Dim(-2)), $"the inner dimensions {a.Dim(-1)} and {b.Dim(-2)} differ");
        OnnxDim[] outer = op.Broadcast([.. a.Shape.SkipLast(2)], [.. b.Shape.SkipLast(2)]);
        return op.To(a.Type, [.. outer, a.Dim(-2), b.Dim(-1)]);
    }

    /// <summary>Rows of a table, by number.</summary>
    /// <param name="data">The table.</param>
    /// <param name="indices">Integers of any shape, which takes the axis' place in the result.</param>
    /// <param name="axis">Along which to look up.</param>
    public OnnxValue Gather(OnnxValue data, OnnxValue indices, long axis = 0)
    {
        OnnxOp op = Op("Gather", data, indices).RequireInteger(indices, "indices").With("axis", axis);
        int at = op.Axis(axis, data.Rank);
        return op.To(data.Type, [.. data.Shape.Take(at), .. indices.Shape, .. data.Shape.Skip(at + 1)]);
    }

    /// <summary>Only what a list of truth values keeps, along an axis.</summary>
    public OnnxValue Compress(OnnxValue x, OnnxValue condition, long axis = 0)
    {
        OnnxOp op = Op("Compress", x, condition).With("axis", axis)
            .Require(condition is { Type: OnnxType.Bool, Rank: 1 }, "the condition must be a list of truth values");
        int at = op.Axis(axis, x.Rank);
        op.Require(x.Shape[at].Fits(condition.Shape[0]), "the condition is not as long as the dimension");
        return op.To(x.Type, With(x.Shape, at, OnnxDim.Unknown));
    }

    /// <summary>Convolution over any number of spatial dimensions.</summary>
    /// <param name="x">[batch, channels, ..]</param>
    /// <param name="weight">[outputs, channels / groups, ..]</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="strides">Steps per spatial dimension.</param>
    /// <param name="pads">Zeros added at both ends of each; none if null.</param>
    /// <param name="groups">Into how many parts channels and outputs are divided.</param>
    public OnnxValue Conv(
        OnnxValue x, OnnxValue weight, OnnxValue? bias, long[] strides, long[]? pads = null, long groups = 1)
    {
        pads ??= new long[strides.Length];
        OnnxValue?[] inputs = bias is null ? [x, weight] : [x, weight, bias];
        OnnxOp op = Op("Conv", inputs).RequireFloat().RequireSameType()
            .Require(x.Rank == weight.Rank && x.Rank == strides.Length + 2 && pads.Length == strides.Length,
                $"{strides.Length} strides and {pads.Length} pads for the dimensions");
        op.Require(x.Shape[1].Size is not { } c || weight.Shape[1].Size is not { } k || c == k * groups,
                "the channels differ")
            .Require(bias is null || (bias.Rank == 1 && bias.Shape[0].Fits(weight.Shape[0])),
                "the bias is not one per output");
        OnnxDim[] spatial = [.. strides.Select((stride, i) =>
            Window(x.Shape[i + 2], weight.Shape[i + 2], stride, pads[i]))];
        return op.With("strides", strides).With("pads", [.. pads, .. pads]).With("group", groups)
            .To(x.Type, [x.Shape[0], weight.Shape[0], .. spatial]);
    }

    /// <summary>
    /// The largest in each window, which windows do not share unless the strides are smaller than they.
    /// </summary>
    /// <param name="x">[batch, channels, ..]</param>
    /// <param name="kernel">Window sizes per spatial dimension.</param>
    /// <param name="strides">Steps per spatial dimension.</param>
    /// <param name="pads">Added at both ends of each; none if null.</param>
    public OnnxValue MaxPool(OnnxValue x, long[] kernel, long[] strides, long[]? pads = null)
    {
        pads ??= new long[strides.Length];
        OnnxOp op = Op("MaxPool", x).RequireFloat().Require(
            x.Rank == kernel.Length + 2 && strides.Length == kernel.Length && pads.Length == kernel.Length,
            $"{kernel.Length} window sizes, {strides.Length} strides and {pads.Length} pads for the dimensions");
        OnnxDim[] spatial = [.. kernel.Select((size, i) => Window(x.Shape[i + 2], size, strides[i], pads[i]))];
        return op.With("kernel_shape", kernel).With("strides", strides).With("pads", [.. pads, .. pads])
            .To(x.Type, [x.Shape[0], x.Shape[1], .. spatial]);
    }

    /// <summary>Centres and scales over the last dimension.</summary>
    /// <param name="x">[.., width]</param>
    /// <param name="weight">[width]</param>
    /// <param name="bias">[width]</param>
    /// <param name="epsilon">Added to the variance.</param>
    public OnnxValue LayerNormalization(OnnxValue x, OnnxValue weight, OnnxValue bias, double epsilon)
    {
        OnnxOp op = Op("LayerNormalization", x, weight, bias).RequireFloat().RequireSameType()
            .Require(x.Rank >= 1 && weight.Rank == 1 && bias.Rank == 1, "weight and bias must be lists");
        op.Require(x.Dim(-1).Fits(weight.Shape[0]) && x.Dim(-1).Fits(bias.Shape[0]), "the widths differ");
        return op.With("axis", -1).With("epsilon", (float)epsilon).To(x.Type, x.Shape);
    }

    /// <summary>Bytes times the scale of their place along an axis, in float32.</summary>
    /// <param name="x">Signed or unsigned bytes.</param>
    /// <param name="scale">[size of the axis] of Float.</param>
    /// <param name="axis">Along which the scale changes.</param>
    public OnnxValue DequantizeLinear(OnnxValue x, OnnxValue scale, long axis)
    {
        OnnxOp op = Op("DequantizeLinear", x, scale).With("axis", axis)
            .Require(x.Type is OnnxType.Int8 or OnnxType.UInt8, "takes bytes")
            .Require(scale is { Type: OnnxType.Float, Rank: 1 }, "the scale must be a list of Float");
        op.Require(x.Shape[op.Axis(axis, x.Rank)].Fits(scale.Shape[0]),
            "the scale is not one per place along the axis");
        return op.To(OnnxType.Float, x.Shape);
    }

    private static OnnxDim Window(OnnxDim size, OnnxDim kernel, long stride, long pad) =>
        size.Size is { } n && kernel.Size is { } k ? (n + (2 * pad) - k) / stride + 1 : OnnxDim.Unknown;
}
