using Vlm.Onnx.Graph;

namespace Vlm.Tests.Onnx;

/// <summary>What is known of shapes before anything runs, and what is refused.</summary>
public sealed class GraphShapeTests
{
    private readonly OnnxGraph _graph = new("shapes");

    private OnnxValue Value(string name, params OnnxDim[] shape) => _graph.Input(name, OnnxType.Float, shape);

    [Fact]
    public void A_wrong_inner_dimension_names_operator_node_and_shapes()
    {
        OnnxValue x = Value("x", "batch_size", "sequence_length", 64), w = Value("w", 32, 8);
        using IDisposable layer = _graph.Scope("model.layers.0");
        using IDisposable projection = _graph.Scope("self_attn.q_proj");

        var error = Assert.Throws<OnnxGraphException>(() => _graph.MatMul(x, w));

        Assert.Equal("MatMul 'model.layers.0.self_attn.q_proj/MatMul': the inner dimensions 64 and 32 differ; "
            + "inputs: x Float [batch_size, sequence_length, 64], w Float [32, 8]", error.Message);
    }

    [Fact]
    public void Different_names_do_not_broadcast_but_one_does()
    {
        OnnxValue a = Value("a", "batch_size", 3), b = Value("b", "sequence_length", 3), c = Value("c", 1, 3);

        var error = Assert.Throws<OnnxGraphException>(() => a + b);

        Assert.Contains("Add 'Add': the shapes cannot be broadcast together; inputs: a Float [batch_size, 3], "
            + "b Float [sequence_length, 3]", error.Message, StringComparison.Ordinal);
        Assert.Equal("[batch_size, 3]", OnnxShapes.Render((a * c).Shape));
    }

    [Fact]
    public void Different_types_are_refused()
    {
        OnnxValue x = Value("x", 2), n = _graph.Input("n", OnnxType.Int64, 2);

        Assert.Contains("types differ",
            Assert.Throws<OnnxGraphException>(() => x + n).Message, StringComparison.Ordinal);
        Assert.Contains("floating point",
            Assert.Throws<OnnxGraphException>(() => _graph.Erf(n)).Message, StringComparison.Ordinal);
        Assert.Contains("truth values",
            Assert.Throws<OnnxGraphException>(() => _graph.Where(n, x, x)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_of_unknown_length_leaves_the_rank_unknown_and_is_refused()
    {
        OnnxValue x = Value("x", 6), shape = _graph.Input("shape", OnnxType.Int64, "n");

        Assert.Contains("rank is unknown",
            Assert.Throws<OnnxGraphException>(() => _graph.Reshape(x, shape)).Message, StringComparison.Ordinal);
    }

    // 2 * 63 numbers per row do not divide into rows of 60; 64 do into 4 of 16.
    [Fact]
    public void A_reshape_keeps_the_number_of_elements()
    {
        OnnxValue x = Value("x", "batch_size", "sequence_length", 63);
        OnnxValue y = Value("y", "batch_size", "sequence_length", 64);

        Assert.Throws<OnnxGraphException>(() => _graph.Reshape(x, "batch_size", "sequence_length", 3, 20));
        Assert.Throws<OnnxGraphException>(() => _graph.Reshape(y, "batch_size", 64));
        Assert.Throws<OnnxGraphException>(() => _graph.Reshape(y, -1, -1, 64));
        Assert.Equal("[batch_size, sequence_length, 4, 16]",
            OnnxShapes.Render(_graph.Reshape(y, "batch_size", "sequence_length", 4, 16).Shape));
        Assert.Equal("[batch_size, 4, 2*sequence_length, 8]",
            OnnxShapes.Render(_graph.Reshape(y, "batch_size", 4, -1, 8).Shape));
        Assert.Equal("[batch_size*sequence_length, 64]", OnnxShapes.Render(_graph.Reshape(y, -1, 64).Shape));
    }

    [Fact]
    public void Lengths_add_up_under_a_name_of_their_own()
    {
        OnnxValue past = Value("past", "batch_size", 2, "past_sequence_length", 8);
        OnnxValue now = Value("now", "batch_size", 2, "sequence_length", 8);

        OnnxValue joined = _graph.Concat(2, past, now);

        Assert.Equal("[batch_size, 2, past_sequence_length + sequence_length, 8]", OnnxShapes.Render(joined.Shape));
        Assert.Equal("total_sequence_length", _graph.Extend(past, now, "total_sequence_length").Shape[2]);
        Assert.Throws<OnnxGraphException>(() => _graph.Concat(1, past, now));
        Assert.Throws<OnnxGraphException>(() => _graph.Assume(joined, "batch_size", 3, "total_sequence_length", 8));
    }

    [Fact]
    public void What_an_operator_cannot_take_is_refused()
    {
        OnnxValue x = Value("x", "n", 2, 3), image = Value("image", 1, 3, 8, 8);
        OnnxValue kernel = Value("kernel", 4, 2, 2, 2);
        OnnxValue keep = _graph.Input("keep", OnnxType.Bool, 3);

        Action[] wrong =
        [
            () => _graph.Transpose(x, 0, 1, 1), () => _graph.Squeeze(x, 1), () => _graph.Split(x, 2, 1, 1),
            () => _graph.Softmax(x, 3), () => _graph.ReduceMean(x, -4), () => _graph.Unsqueeze(x, 0, 0),
            () => _graph.Conv(image, kernel, null, [2, 2]), () => _graph.Compress(x, keep, 1),
            () => _graph.Expand(x, "n", 2, 4), () => _graph.TopK(x, 4), () => _graph.Gather(x, x),
            () => _graph.SizeOf("unheard_of"), () => _graph.Rotate(x, new OnnxRope(x, x)),
            () => _graph.Attention(image, kernel, kernel, null), () => new OnnxGraph("other").Neg(x),
            () => _graph.Input("x", OnnxType.Float, 1), () => _graph.Output("x", x),
        ];

        Assert.All(wrong, act => Assert.Throws<OnnxGraphException>(act));
    }

    [Fact]
    public void Nodes_are_named_by_their_scope_and_never_alike()
    {
        OnnxValue x = Value("x", 2);
        OnnxValue a, b, c;
        using (_graph.Scope("layers.0"))
        {
            a = -x;
            using (_graph.Scope("mlp"))
                b = -a;
            c = -b;
        }

        Assert.Equal(["layers.0/Neg", "layers.0.mlp/Neg", "layers.0/Neg_1", "Neg"],
            new[] { a, b, c, -c }.Select(value => value.Name.Text));
    }
}
