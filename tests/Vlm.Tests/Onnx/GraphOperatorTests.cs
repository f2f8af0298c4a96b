using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>
/// Each operator, run by ONNX Runtime, against torch; and the inferred shape against the one that comes out.
/// </summary>
public sealed class GraphOperatorTests
{
    private sealed record Case(
        Tensor[] Inputs, Func<OnnxGraph, OnnxValue[], OnnxValue> Build, Func<Tensor[], Tensor> Expect);

    // [2, 3, 4]; [3, 1]; [2, 3, 4] above zero; integers [4]; truth values [3]; images [1, 2, 5, 4].
    private static readonly Tensor X = (arange(24, dtype: ScalarType.Float32).view(2, 3, 4) - 11) / 7;
    private static readonly Tensor Y = tensor(new float[] { 0.5f, -2, 3 }).view(3, 1);
    private static readonly Tensor Positive = X * X + 0.25;
    private static readonly Tensor Four = tensor(new long[] { 3, -2, 7, 0 });
    private static readonly Tensor Keep = tensor(new[] { true, false, true });
    private static readonly Tensor Image = (arange(40, dtype: ScalarType.Float32) * 0.7).sin().view(1, 2, 5, 4);

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["Add"] = new([X, Y], (g, v) => g.Add(v[0], v[1]), t => t[0] + t[1]),
        ["Sub"] = new([X, Y], (g, v) => g.Sub(v[0], v[1]), t => t[0] - t[1]),
        ["Mul"] = new([X, Y], (g, v) => g.Mul(v[0], v[1]), t => t[0] * t[1]),
        ["Div"] = new([X, Y], (g, v) => g.Div(v[0], v[1]), t => t[0] / t[1]),
        ["Div of integers"] = new([Four], (_, v) => v[0] / 2, _ => tensor(new long[] { 1, -1, 3, 0 })),
        ["Min"] = new([X, Y], (g, v) => g.Min(v[0], v[1]), t => t[0].minimum(t[1])),
        ["Max"] = new([X, Y], (g, v) => g.Max(v[0], v[1]), t => t[0].maximum(t[1])),
        ["Equal"] = new([Four], (g, v) => g.Equal(v[0], g.Scalar(7L)), t => t[0].eq(7)),
        ["Greater"] = new([X, Y], (g, v) => g.Greater(v[0], v[1]), t => t[0].gt(t[1])),
        ["GreaterOrEqual"] = new([Four], (g, v) => g.GreaterOrEqual(v[0], g.Scalar(3L)), t => t[0].ge(3)),
        ["Less"] = new([X, Y], (g, v) => g.Less(v[0], v[1]), t => t[0].lt(t[1])),
        ["LessOrEqual"] = new([Four], (g, v) => g.LessOrEqual(v[0], g.Scalar(3L)), t => t[0].le(3)),
        ["And"] = new([X, Keep], (g, v) => g.And(g.Greater(g.Transpose(v[0], 0, 2, 1), g.Scalar(0, OnnxType.Float)), v[1]),
            t => t[0].transpose(1, 2).gt(0).logical_and(t[1])),
        ["Where"] = new([X, Y], (g, v) => g.Where(g.Greater(v[0], v[1]), v[0], v[1]), t => t[0].maximum(t[1])),
        ["Sqrt"] = new([Positive], (g, v) => g.Sqrt(v[0]), t => t[0].sqrt()),
        ["Sigmoid"] = new([X], (g, v) => g.Sigmoid(v[0]), t => t[0].sigmoid()),
        ["Tanh"] = new([X], (g, v) => g.Tanh(v[0]), t => t[0].tanh()),
        ["Erf"] = new([X], (g, v) => g.Erf(v[0]), t => t[0].erf()),
        ["Cos"] = new([X], (g, v) => g.Cos(v[0]), t => t[0].cos()),
        ["Sin"] = new([X], (g, v) => g.Sin(v[0]), t => t[0].sin()),
        ["Neg"] = new([X], (g, v) => g.Neg(v[0]), t => -t[0]),
        ["Abs"] = new([Four], (g, v) => g.Abs(v[0]), t => t[0].abs()),
        ["Identity"] = new([X], (g, v) => g.Identity(v[0]), t => t[0]),
        ["Cast"] = new([X], (g, v) => g.Cast(v[0], OnnxType.Int64), t => t[0].to(ScalarType.Int64)),
        ["ReduceMean"] = new([X], (g, v) => g.ReduceMean(v[0], 0, -1), t => t[0].mean([0, 2], keepdim: true)),
        ["ReduceMax"] = new([X], (g, v) => g.ReduceMax(v[0], 1), t => t[0].amax([1], keepdim: true)),
        ["ReduceSum"] = new([X], (g, v) => g.ReduceSum(v[0], 1), t => t[0].sum([1], keepdim: true)),
        ["CumSum"] = new([X], (g, v) => g.CumSum(v[0], 1), t => t[0].cumsum(1)),
        ["Softmax"] = new([X], (g, v) => g.Softmax(v[0], 1), t => t[0].softmax(1)),
        ["ArgMax"] = new([Image], (g, v) => g.ArgMax(v[0], 2, keep: false), t => t[0].argmax(2)),
        ["ArgMax keeps"] = new([Image], (g, v) => g.ArgMax(v[0], -1), t => t[0].argmax(-1).unsqueeze(-1)),
        ["TopK"] = new([Image], (g, v) => g.TopK(v[0], 2, 2).Values, t => t[0].topk(2, 2).Item1),
        ["TopK places"] = new([Image], (g, v) => g.TopK(v[0], 2, 2).Indices, t => t[0].topk(2, 2).Item2),
        ["Reshape"] = new([X], (g, v) => g.Reshape(v[0], 6, -1), t => t[0].view(6, 4)),
        ["Reshape by value"] = new([X], (g, v) => g.Reshape(v[0], g.Constant([4L, 6])), t => t[0].view(4, 6)),
        ["Transpose"] = new([X], (g, v) => g.Transpose(v[0], 2, 0, 1), t => t[0].permute(2, 0, 1)),
        ["Concat"] = new([X], (g, v) => g.Concat(1, v[0], v[0]), t => cat([t[0], t[0]], 1)),
        ["Slice"] = new([X], (g, v) => g.Slice(v[0], -1, 1, -1, 2), t => t[0].narrow(2, 1, 1)),
        ["Slice by value"] = new([X, tensor(new[] { -3L })], (g, v) => g.Slice(v[0], 2, v[1], null), t => t[0].narrow(2, 1, 3)),
        ["Split"] = new([X], (g, v) => g.Split(v[0], 2, 1, 3)[1], t => t[0].narrow(2, 1, 3)),
        ["Squeeze"] = new([Image], (g, v) => g.Squeeze(v[0], 0), t => t[0].squeeze(0)),
        ["Unsqueeze"] = new([X], (g, v) => g.Unsqueeze(v[0], 1, -1), t => t[0].unsqueeze(1).unsqueeze(-1)),
        ["Shape"] = new([X], (g, v) => g.Shape(v[0], 1, 3), _ => tensor(new[] { 3L, 4 })),
        ["Shape of all"] = new([X], (g, v) => g.Shape(v[0]), _ => tensor(new[] { 2L, 3, 4 })),
        ["Range"] = new([Four], (g, v) => g.Range(v[0].Shape[0]) + v[0], t => arange(4, dtype: ScalarType.Int64) + t[0]),
        ["Expand"] = new([Y], (g, v) => g.Expand(v[0], 2, 3, 5), t => t[0].expand(2, 3, 5)),
        ["MatMul"] = new([X, X.transpose(1, 2).contiguous()[0]], (g, v) => g.MatMul(v[0], v[1]), t => t[0].matmul(t[1])),
        ["Gather"] = new([X, tensor(new[] { 2L, 0, 2, 1 }).view(2, 2)], (g, v) => g.Gather(v[0], v[1], 1),
            t => t[0].index_select(1, t[1].view(-1)).view(2, 2, 2, 4)),
        ["Compress"] = new([X, Keep], (g, v) => g.Compress(v[0], v[1], 1), t => t[0].index_select(1, tensor(new[] { 0L, 2 }))),
        ["Conv"] = new([Image], (g, v) => g.Conv(v[0], g.Weight("k", Kernel), g.Weight("b", Kernel.sum([1, 2, 3])), [2, 1], [1, 0]),
            t => nn.functional.conv2d(t[0], Kernel, Kernel.sum([1, 2, 3]), [2, 1], [1, 0])),
        ["MaxPool"] = new([Image], (g, v) => g.MaxPool(v[0], [3, 2], [2, 1]), t => Pooled(t[0])),
        ["LayerNormalization"] = new([X], (g, v) => g.LayerNormalization(v[0], g.Constant(Y4), g.Constant(Y4 - 1), 1e-5),
            t => nn.functional.layer_norm(t[0], [4], Y4, Y4 - 1, 1e-5)),
        ["DequantizeLinear"] = new([tensor(new sbyte[] { 127, -128, 3, 0 }).view(2, 2)],
            (g, v) => g.DequantizeLinear(v[0], g.Constant(tensor(new[] { 0.5f, 2 })), 1),
            _ => tensor(new[] { 63.5f, -256, 1.5f, 0 }).view(2, 2)),
    };

    // [3, 2, 2, 3]
    private static Tensor Kernel => (arange(36, dtype: ScalarType.Float32) * 1.3).cos().view(3, 2, 2, 3);

    private static Tensor Y4 => tensor(new float[] { 1, 2, -1, 0.5f });

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operator_computes_what_torch_computes(string name)
    {
        Case it = Cases[name];
        var graph = new OnnxGraph("case");
        OnnxValue[] inputs = [.. it.Inputs.Select((input, i) =>
            graph.Input($"x{i}", GraphRun.TypeOf(input), [.. input.shape.Select(OnnxDim.FromInt64)]))];
        OnnxValue output = it.Build(graph, inputs);
        graph.Output("y", output);

        Tensor actual = GraphRun.Run(graph, [.. it.Inputs.Select((input, i) => ($"x{i}", input))]).Single();

        GraphRun.Near(it.Expect(it.Inputs), actual, 1e-6 * Math.Max(1, it.Expect(it.Inputs).to(ScalarType.Float64).abs().max().item<double>()));
        Assert.Equal(actual.dim(), output.Rank);
        Assert.All(output.Shape.Zip(actual.shape), pair => Assert.True(pair.First.IsUnknown || pair.First == pair.Second));
        Assert.Equal(name is "Compress" or "Slice by value" or "Reshape by value", output.Shape.Any(dim => dim.IsUnknown));
    }

    // The operators of the graphs that clients are known to load.
    [Fact]
    public void Every_operator_that_the_exports_need_is_among_the_cases()
    {
        string[] needed = ("Gather MatMul Add Mul Sub Div Sqrt ReduceMean ReduceSum Reshape Transpose Concat Slice Split "
            + "Squeeze Unsqueeze Cast Shape Range Expand Where And Equal Greater LessOrEqual GreaterOrEqual Softmax Cos Sin "
            + "Neg Sigmoid Tanh Erf Conv MaxPool LayerNormalization Abs Compress CumSum Identity").Split(' ');

        Assert.Equal(40, needed.Length);
        Assert.Empty(needed.Except(Cases.Keys));
    }

    // Windows of 3 rows and 2 columns, each 2 rows and 1 column from the last: 5 x 4 -> 2 x 3.
    private static Tensor Pooled(Tensor image) => stack([.. Enumerable.Range(0, 2).Select(row =>
        stack([.. Enumerable.Range(0, 3).Select(column =>
            image.narrow(2, row * 2, 3).narrow(3, column, 2).amax([2, 3]))], -1))], 2);
}
