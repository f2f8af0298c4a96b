namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    /// <summary>The same numbers, in order, in another shape.</summary>
    /// <param name="x">Anything.</param>
    /// <param name="shape">
    /// Numbers, names that some value already has, and at most one <see cref="OnnxDim.Unknown"/> (-1) for what is left.
    /// </param>
    public OnnxValue Reshape(OnnxValue x, params OnnxDim[] shape)
    {
        int rest = Array.FindIndex(shape, dim => dim.IsUnknown);
        OnnxDim[] known = [.. shape.Where(dim => !dim.IsUnknown)];
        OnnxDim? quotient = x.Shape.Any(dim => dim.IsUnknown) ? OnnxDim.Unknown : OnnxShapes.Quotient(x.Shape, known);
        bool fits = known.Length >= shape.Length - 1
            && (quotient is { } left ? rest >= 0 || left.IsUnknown || left.Size == 1
                : !OnnxShapes.SameNames(x.Shape, known));
        if (!fits)
            throw Op("Reshape", x).Fail($"cannot take the shape {OnnxShapes.Render(shape)}");

        OnnxValue target = Target(x, shape);
        if (rest >= 0)
            shape = [.. shape[..rest], quotient ?? OnnxDim.Unknown, .. shape[(rest + 1)..]];
        return Op("Reshape", x, target).To(x.Type, shape);
    }

    /// <summary>The same, with the shape computed in the graph.</summary>
    /// <param name="x">Anything.</param>
    /// <param name="shape">[rank] of Int64, rank a number.</param>
    public OnnxValue Reshape(OnnxValue x, OnnxValue shape)
    {
        OnnxOp op = Op("Reshape", x, shape);
        return op.To(x.Type, new OnnxDim[RankSaid(op, shape)]);
    }

    /// <summary>Repeats dimensions of size 1.</summary>
    /// <param name="x">Anything.</param>
    /// <param name="shape">Numbers, and names that some value already has.</param>
    public OnnxValue Expand(OnnxValue x, params OnnxDim[] shape)
    {
        OnnxOp op = Op("Expand", x, SizesOf(shape));
        return op.To(x.Type, op.Broadcast(x.Shape, shape));
    }

    /// <summary>The dimensions in another order.</summary>
    public OnnxValue Transpose(OnnxValue x, params long[] order)
    {
        OnnxOp op = Op("Transpose", x).With("perm", order)
            .Require(order.Order().SequenceEqual(Enumerable.Range(0, x.Rank).Select(i => (long)i)),
                $"[{string.Join(", ", order)}] is no order of {x.Rank} dimensions");
        return op.To(x.Type, [.. order.Select(axis => x.Shape[(int)axis])]);
    }

    /// <summary>Values after one another along an axis.</summary>
    public OnnxValue Concat(long axis, params OnnxValue[] values)
    {
        OnnxOp op = Op("Concat", values).Require(values.Length > 0, "of nothing").RequireSameType().With("axis", axis);
        int at = op.Axis(axis, values[0].Rank);
        OnnxDim[] shape = [.. values[0].Shape];
        foreach (OnnxValue value in values[1..])
            Join(op, shape, value.Shape, at);
        return op.To(values[0].Type, shape);
    }

    /// <summary>A part along one axis; negative bounds count from the end.</summary>
    /// <param name="x">Anything.</param>
    /// <param name="axis">Of which a part is taken.</param>
    /// <param name="start">The first.</param>
    /// <param name="end">Behind the last; <see cref="long.MaxValue"/> for all the rest.</param>
    /// <param name="step">Every how many, at least 1.</param>
    public OnnxValue Slice(OnnxValue x, long axis, long start, long end = long.MaxValue, long step = 1)
    {
        OnnxOp op = Op("Slice", x, Constant([start]), Constant([end]), Constant([axis]), Constant([step]))
            .Require(step >= 1, $"step {step}");
        OnnxDim[] shape = [.. x.Shape];
        int at = op.Axis(axis, x.Rank);
        shape[at] = Part(shape[at], start, end, step);
        return op.To(x.Type, shape);
    }

    /// <summary>The same, with bounds computed in the graph.</summary>
    /// <param name="x">Anything.</param>
    /// <param name="axis">Of which a part is taken.</param>
    /// <param name="start">[1] of Int64: the first.</param>
    /// <param name="end">[1] of Int64: behind the last; null for all the rest.</param>
    public OnnxValue Slice(OnnxValue x, long axis, OnnxValue start, OnnxValue? end)
    {
        end ??= Constant([long.MaxValue]);
        OnnxOp op = Op("Slice", x, start, end, Constant([axis])).RequireInteger(start, "bounds")
            .Require(start.Rank == 1 && end.Rank == 1 && start.Type == end.Type,
                "bounds must be of shape [1] and one type");
        OnnxDim[] shape = [.. x.Shape];
        shape[op.Axis(axis, x.Rank)] = OnnxDim.Unknown;
        return op.To(x.Type, shape);
    }

    /// <summary>Parts of the given sizes along an axis.</summary>
    public OnnxValue[] Split(OnnxValue x, long axis, params long[] sizes)
    {
        OnnxOp op = Op("Split", x, Constant(sizes)).With("axis", axis);
        int at = op.Axis(axis, x.Rank);
        op.Require(sizes.Length > 0 && x.Shape[at].Fits(sizes.Sum()),
            $"parts of {string.Join(" + ", sizes)} from dimension {x.Shape[at]}");
        return op.ToAll([.. sizes.Select(size => (x.Type, (IReadOnlyList<OnnxDim>)With(x.Shape, at, size)))]);
    }

    /// <summary>Removes dimensions of size 1.</summary>
    public OnnxValue Squeeze(OnnxValue x, params long[] axes)
    {
        OnnxOp op = Op("Squeeze", x, Constant(axes));
        var gone = axes.Select(axis => op.Axis(axis, x.Rank)).ToHashSet();
        foreach (int axis in gone)
            op.Require(((OnnxDim)1).Fits(x.Shape[axis]), $"dimension {axis} is {x.Shape[axis]}, not 1");
        return op.To(x.Type, [.. x.Shape.Where((_, i) => !gone.Contains(i))]);
    }

    /// <summary>Adds dimensions of size 1, at the places they have in the result.</summary>
    public OnnxValue Unsqueeze(OnnxValue x, params long[] axes)
    {
        OnnxOp op = Op("Unsqueeze", x, Constant(axes));
        var added = axes.Select(axis => op.Axis(axis, x.Rank + axes.Length)).ToHashSet();
        op.Require(added.Count == axes.Length, "an axis is given twice");
        var shape = new Queue<OnnxDim>(x.Shape);
        return op.To(x.Type, [.. Enumerable.Range(0, x.Rank + axes.Length)
            .Select(i => added.Contains(i) ? 1 : shape.Dequeue())]);
    }

    /// <summary>
    /// The sizes of the dimensions from <paramref name="start"/> to before <paramref name="end"/>, [n] of Int64.
    /// </summary>
    public OnnxValue Shape(OnnxValue x, int start = 0, int? end = null)
    {
        int last = end ?? x.Rank;
        OnnxOp op = Op("Shape", x).Require(start >= 0 && last <= x.Rank && start <= last, $"sizes {start} to {last}");
        if (start != 0)
            op.With("start", start);
        if (last != x.Rank)
            op.With("end", last);
        return op.To(OnnxType.Int64, [last - start]);
    }

    /// <summary>0, 1, 2 ... as many as a dimension is large, Int64.</summary>
    public OnnxValue Range(OnnxDim count) =>
        Assume(Range(Scalar(0L), ScalarOf(count), Scalar(1L)), count);

    /// <summary>
    /// Numbers from <paramref name="start"/> to before <paramref name="limit"/>; all three are single numbers, [].
    /// </summary>
    public OnnxValue Range(OnnxValue start, OnnxValue limit, OnnxValue delta)
    {
        OnnxOp op = Op("Range", start, limit, delta).RequireSameType().RequireNumber()
            .Require(start.Rank == 0 && limit.Rank == 0 && delta.Rank == 0, "takes single numbers");
        return op.To(start.Type, [OnnxDim.Unknown]);
    }

    private OnnxValue SizesOf(OnnxDim[] shape) => shape.All(dim => dim.Size.HasValue)
        ? Constant([.. shape.Select(dim => dim.Size!.Value)])
        : Concat(0, [.. shape.Select(SizeOf)]);

    // A constant where that says it: -1 for the rest, 0 for a named dimension that stays where it is.
    private OnnxValue Target(OnnxValue x, OnnxDim[] shape)
    {
        long?[] simple = [.. shape.Select((dim, i) => dim.IsUnknown ? -1
            : dim.Size ?? (i < x.Rank && x.Shape[i] == dim ? 0 : (long?)null))];
        int hard = Array.IndexOf(simple, null);
        if (hard >= 0 && Array.LastIndexOf(simple, null) == hard && !simple.Contains(-1))
            simple[hard] = -1;
        return simple.Contains(null)
            ? Concat(0, [.. shape.Select(dim => dim.IsUnknown ? Constant([-1L]) : SizeOf(dim))])
            : Constant([.. simple.Select(size => size!.Value)]);
    }

    private static void Join(OnnxOp op, OnnxDim[] shape, IReadOnlyList<OnnxDim> next, int axis)
    {
        op.Require(next.Count == shape.Length, "the numbers of dimensions differ");
        for (int i = 0; i < shape.Length; i++)
        {
            op.Require(i == axis || shape[i].Fits(next[i]), $"dimension {i} differs");
            shape[i] = i == axis ? shape[i].Plus(next[i]) : shape[i].Or(next[i]);
        }
    }

    private static OnnxDim Part(OnnxDim whole, long start, long end, long step)
    {
        if (whole.Size is not { } size)
            return start == 0 && end == long.MaxValue && step == 1 ? whole : OnnxDim.Unknown;

        long first = Math.Clamp(start < 0 ? start + size : start, 0, size);
        long last = Math.Clamp(end < 0 ? end + size : end, 0, size);
        return Math.Max(0, (last - first + step - 1) / step);
    }

    private static int RankSaid(OnnxOp op, OnnxValue shape)
    {
        op.Require(shape is { Type: OnnxType.Int64, Rank: 1 }, "the shape must be a list of Int64");
        return (int)(shape.Shape[0].Size ?? throw op.Fail("the result's rank is unknown, since the shape's length is"));
    }

    private static OnnxDim[] With(IReadOnlyList<OnnxDim> shape, int axis, OnnxDim dim)
    {
        OnnxDim[] result = [.. shape];
        result[axis] = dim;
        return result;
    }
}
