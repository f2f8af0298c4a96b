using Vlm.Onnx.Graph.Proto;

namespace Vlm.Onnx.Graph;

/// <summary>A node on its way into a graph: what it takes is checked before it is added.</summary>
internal sealed class OnnxOp
{
    private readonly OnnxGraph _graph;
    private readonly string _op;
    private readonly OnnxValue?[] _inputs;
    private readonly List<AttributeProto> _attributes = [];

    public OnnxOp(OnnxGraph graph, string op, OnnxValue?[] inputs)
    {
        (_graph, _op, _inputs) = (graph, op, inputs);
        Node = graph.Unique(graph.Scoped(op));
        if (inputs.Any(input => input is not null && input.Graph != graph))
            throw Fail("an input is a value of another graph");
    }

    public string Node { get; }

    public OnnxOp With(string name, long value) =>
        With(new AttributeProto { Name = name, I = value, Type = AttributeProto.Types.Kind.Int });

    public OnnxOp With(string name, float value) =>
        With(new AttributeProto { Name = name, F = value, Type = AttributeProto.Types.Kind.Float });

    public OnnxOp With(string name, IEnumerable<long> values) =>
        With(new AttributeProto { Name = name, Ints = { values }, Type = AttributeProto.Types.Kind.Ints });

    public OnnxOp Require(bool holds, string otherwise) => holds ? this : throw Fail(otherwise);

    public OnnxOp RequireFloat() =>
        Require(_inputs[0]!.Type.IsFloat(), "takes floating point numbers");

    public OnnxOp RequireNumber() => Require(_inputs[0]!.Type.IsNumber(), "takes numbers, not truth values");

    public OnnxOp RequireInteger(OnnxValue value, string what) =>
        Require(value.Type is OnnxType.Int64 or OnnxType.Int32, $"{what} must be integers");

    public OnnxOp RequireSameType() => Require(
        _inputs.All(input => input is null || input.Type == _inputs[0]!.Type), "the inputs' types differ");

    // A dimension's number, counted from the end where negative.
    public int Axis(long axis, int rank)
    {
        Require(axis >= -rank && axis < rank, $"axis {axis} of {rank} dimensions");
        return (int)(axis < 0 ? axis + rank : axis);
    }

    public OnnxDim[] Broadcast(IReadOnlyList<OnnxDim> a, IReadOnlyList<OnnxDim> b) =>
        OnnxShapes.Broadcast(a, b) ?? throw Fail("the shapes cannot be broadcast together");

    public OnnxGraphException Fail(string problem) => new(_op, Node,
        $"{problem}; inputs: {string.Join(", ", _inputs.Select(input => input?.ToString() ?? "none"))}");

    public OnnxValue To(OnnxType type, IReadOnlyList<OnnxDim> shape) => ToAll((type, shape))[0];

    public OnnxValue[] ToAll(params (OnnxType Type, IReadOnlyList<OnnxDim> Shape)[] outputs)
    {
        OnnxValue[] values = [.. outputs.Select((output, i) => new OnnxValue(
            _graph, outputs.Length == 1 ? Node : $"{Node}:{i}", output.Type, output.Shape))];
        _graph.Append(new OnnxNode(_op, Node, _inputs, values, _attributes));
        return values;
    }

    private OnnxOp With(AttributeProto attribute)
    {
        _attributes.Add(attribute);
        return this;
    }
}

internal sealed record OnnxNode(
    string Op, string Name, OnnxValue?[] Inputs, OnnxValue[] Outputs, IReadOnlyList<AttributeProto> Attributes)
{
    public NodeProto Proto() => new()
    {
        OpType = Op,
        Name = Name,
        Input = { Inputs.Select(input => input?.Name.Text ?? "") },
        Output = { Outputs.Select(output => output.Name.Text) },
        Attribute = { Attributes },
    };
}
