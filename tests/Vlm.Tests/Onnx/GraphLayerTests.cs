using Vlm.Layers;
using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>Layers made of nodes, run by ONNX Runtime, against the engine's.</summary>
public sealed class GraphLayerTests
{
    // [2, 3, 8], not symmetric, a few numbers of size 3.
    private static readonly Tensor X = Numbers(0.37, 2, 3, 8) * 3;

    private static Tensor Numbers(double pace, params long[] shape) =>
        ((arange(shape.Aggregate(1L, (a, b) => a * b), dtype: ScalarType.Float32) + 1) * pace).sin().view(shape);

    [Fact]
    public void Linear_layers_take_their_weights_as_checkpoints_store_them()
    {
        Tensor weight = Numbers(0.7, 5, 8), bias = Numbers(1.1, 5);

        GraphRun.Near(nn.functional.linear(X, weight, bias), Run((g, x) => g.Linear("proj", x, weight, bias)), 1e-5);
        GraphRun.Near(nn.functional.linear(X, weight), Run((g, x) => g.Linear("proj", x, weight)), 1e-5);
    }

    [Fact]
    public void A_linear_layer_refuses_a_weight_of_another_width()
    {
        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, "batch_size", 8);

        var error = Assert.Throws<OnnxGraphException>(() => graph.Linear("lm_head", x, Numbers(1, 5, 7)));

        Assert.Equal("MatMul 'lm_head/MatMul': the inner dimensions 8 and 7 differ; "
            + "inputs: x Float [batch_size, 8], lm_head.weight Float [7, 5]", error.Message);
    }

    // Each weight is off by at most half a step of its output's scale, max|w| / 127 / 2, so an output by at most
    // that times the sum of |x| (and float32's rounding).
    [Fact]
    public void Weights_in_bytes_are_off_by_half_a_step_at_most()
    {
        Tensor weight = Numbers(0.7, 5, 8) * tensor(new float[] { 1, 10, 0.1f, 0, 3 }).view(5, 1);
        Tensor bias = Numbers(1.1, 5);

        Tensor actual = Run((g, x) => g.Linear("proj", x, weight, bias), int8: true);

        Tensor error = (actual - nn.functional.linear(X, weight, bias)).abs();
        Tensor bound = X.abs().sum([-1], keepdim: true) * weight.abs().amax([1]) / 127 / 2;
        Assert.True(error.le(bound + 1e-5).all().item<bool>());
        Assert.True(error.max().item<float>() > 1e-3);
        GraphRun.Near(bias[3].expand(2, 3), actual[.., .., 3], 1e-6);
    }

    [Fact]
    public void Bytes_take_a_quarter_of_the_room()
    {
        var graph = new OnnxGraph("g", int8: true);
        graph.Linear("proj", graph.Input("x", OnnxType.Float, 1, 64), Numbers(1, 32, 64));

        Assert.Equal((64 * 32) + (32 * 4), graph.Initializers.Sum(item => item.Bytes));
    }

    [Fact]
    public void Norms_are_the_engines()
    {
        using var rms = new RmsNorm(8, 1e-5);
        rms.Weight.detach().copy_(Numbers(0.9, 8));
        Tensor weight = Numbers(0.4, 8), bias = Numbers(0.6, 8);

        GraphRun.Near(rms.call(X).detach(), Run((g, x) => g.RmsNorm("norm", x, rms.Weight, 1e-5)), 1e-6);
        GraphRun.Near(nn.functional.layer_norm(X, [8], weight, bias, 1e-6),
            Run((g, x) => g.LayerNorm("norm", x, weight, bias, 1e-6)), 2e-6);
    }

    [Fact]
    public void Activations_are_torchs()
    {
        GraphRun.Near(nn.functional.silu(X), Run((g, x) => g.Silu(x)), 1e-6);
        GraphRun.Near(X * (X * 1.702).sigmoid(), Run((g, x) => g.QuickGelu(x)), 1e-6);
        GraphRun.Near(X * 0.5 * ((X / Math.Sqrt(2)).erf() + 1), Run((g, x) => g.Gelu(x)), 1e-6);
        GraphRun.Near(X * 0.5 * (((X + X.pow(3) * 0.044715) * Math.Sqrt(2 / Math.PI)).tanh() + 1),
            Run((g, x) => g.GeluTanh(x)), 1e-6);
    }

    [Fact]
    public void Embeddings_are_rows_of_their_table()
    {
        Tensor table = Numbers(0.3, 6, 4), ids = tensor(new[] { 5L, 0, 3, 3 }).view(2, 2);
        var graph = new OnnxGraph("g");
        graph.Output("y", graph.Embedding("embed_tokens",
            graph.Input("ids", OnnxType.Int64, "batch_size", "sequence_length"), table));

        GraphRun.Near(table.index_select(0, ids.view(-1)).view(2, 2, 4), GraphRun.Run(graph, ("ids", ids)).Single(), 0);
    }

    [Fact]
    public void Queries_turn_as_in_the_engine()
    {
        Tensor positions = tensor(new[] { 0L, 3, 11, 5, 6, 7 }).view(2, 3);
        Tensor frequencies = Vlm.Layers.Rope.InverseFrequencies(4, 100, CPU);
        Tensor expected = Vlm.Layers.Rope.At(positions, 4, 100).Rotate(X.view(2, 3, 2, 4)).transpose(1, 2);

        var graph = new OnnxGraph("g");
        OnnxValue x = graph.Input("x", OnnxType.Float, "batch_size", "sequence_length", 8);
        OnnxValue at = graph.Input("positions", OnnxType.Int64, "batch_size", "sequence_length");
        OnnxValue angles = graph.Unsqueeze(graph.Cast(at, OnnxType.Float), -1) * graph.Constant(frequencies);
        graph.Output("y", graph.Rotate(graph.SplitHeads(x, 2), graph.Rope(angles)));

        GraphRun.Near(expected, GraphRun.Run(graph, ("x", X), ("positions", positions)).Single(), 1e-6);
    }

    // Two rows, 2 tokens of the past and 3 now; the first row's first 2 tokens are padding, so its past counts for
    // nothing.
    [Theory]
    [InlineData(4, 2, 2)]
    [InlineData(4, 1, 2)]
    [InlineData(2, 2, 2)]
    [InlineData(4, 2, 0)]
    public void Attention_sees_the_past_but_no_padding_and_nothing_later(long heads, long kvHeads, long past)
    {
        (long T, long S, long d) = (3, past + 3, 6);
        Tensor q = Numbers(0.31, 2, heads, T, d), k = Numbers(0.53, 2, kvHeads, S, d);
        Tensor v = Numbers(0.71, 2, kvHeads, S, d);
        Tensor mask = ones(2, S, dtype: ScalarType.Int64);
        mask[0].narrow(0, 0, 2).zero_();

        var graph = new OnnxGraph("g");
        OnnxValue Cache(string name, OnnxDim length) =>
            graph.Input(name, OnnxType.Float, "batch_size", kvHeads, length, d);
        OnnxValue query = graph.Input("q", OnnxType.Float, "batch_size", heads, "sequence_length", d);
        OnnxValue keys = graph.Extend(Cache("past_k", "past"), Cache("k", "sequence_length"), "total");
        OnnxValue values = graph.Extend(Cache("past_v", "past"), Cache("v", "sequence_length"), "total");
        OnnxValue mask64 = graph.Input("mask", OnnxType.Int64, "batch_size", "total");
        OnnxValue bias = graph.CausalBias(mask64, "sequence_length");
        graph.Output("y", graph.JoinHeads(graph.Attention(query, keys, values, bias)));
        graph.Output("present", keys);

        Tensor[] outputs = GraphRun.Run(graph, ("q", q), ("past_k", k.narrow(2, 0, past)), ("k", k.narrow(2, past, T)),
            ("past_v", v.narrow(2, 0, past)), ("v", v.narrow(2, past, T)), ("mask", mask));

        GraphRun.Near(Attend(q, k, v, mask, past), outputs[0], 1e-6);
        GraphRun.Near(k, outputs[1], 0);
    }

    // Weights and activations in float16 (11 significant bits); the norm's squares, to 3.6e5, would leave its range.
    [Fact]
    public void In_float16_norms_and_softmax_stay_wide()
    {
        Tensor weight = Numbers(0.7, 8, 8) / 8, scale = Numbers(0.9, 8) + 2;
        Tensor x = (X * 200).to(ScalarType.Float16);
        var graph = new OnnxGraph("g", OnnxType.Float16);
        OnnxValue input = graph.Input("x", OnnxType.Float16, "batch_size", "sequence_length", 8);
        OnnxValue normed = graph.RmsNorm("norm", input, scale, 1e-5);
        OnnxValue heads = graph.SplitHeads(graph.Linear("proj", normed, weight), 2);
        graph.Output("y", graph.Attention(heads, heads, heads, null));

        Tensor wide = x.to(ScalarType.Float32);
        Tensor h = nn.functional.linear(wide / wide.square().mean([-1], keepdim: true).sqrt() * scale, weight);
        h = h.view(2, 3, 2, 4).transpose(1, 2);
        Tensor expected = (h.matmul(h.transpose(2, 3)) / 2).softmax(-1).matmul(h);

        Assert.Equal(OnnxType.Float16, heads.Type);
        GraphRun.Near(expected.to(ScalarType.Float16), GraphRun.Run(graph, ("x", x)).Single(), 2e-2);
        Assert.Equal((64 * 2) + (8 * 2), graph.Initializers
            .Where(item => item.Bytes >= 16 && item.Value.Type == OnnxType.Float16).Sum(item => item.Bytes));
    }

    private static Tensor Run(Func<OnnxGraph, OnnxValue, OnnxValue> build, bool int8 = false)
    {
        var graph = new OnnxGraph("g", int8: int8);
        graph.Output("y", build(graph, graph.Input("x", OnnxType.Float, "batch_size", "sequence_length", 8)));
        return GraphRun.Run(graph, ("x", X)).Single();
    }

    // By its definition: [B, T, H d]
    private static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor mask, long past)
    {
        (long H, long T, long d, long S) = (q.shape[1], q.shape[2], q.shape[3], k.shape[2]);
        Tensor allowed = (arange(S).unsqueeze(0) - arange(T).unsqueeze(1)).le(past)
            .logical_and(mask.to(ScalarType.Bool).view(2, 1, 1, S));                                // [B, 1, T, S]
        Tensor scores = q.matmul(Repeat(k).transpose(2, 3)) / Math.Sqrt(d);
        Tensor weights = (scores + where(allowed, zeros(1), full(1, float.MinValue))).softmax(-1);
        return weights.matmul(Repeat(v)).transpose(1, 2).reshape(2, T, H * d);

        Tensor Repeat(Tensor kv) => kv.repeat_interleave(H / kv.shape[1], 1);
    }
}
