namespace Vlm.Onnx.Graph;

/// <summary>A value in a graph: an input, a weight, a constant, or what a node makes.</summary>
/// <remarks>
/// The operators <c>+ - * /</c> add the node of that name; a plain number takes the other side's type.
/// </remarks>
public sealed class OnnxValue
{
    internal OnnxValue(OnnxGraph graph, string name, OnnxType type, IReadOnlyList<OnnxDim> shape)
    {
        (Graph, Name, Type, Shape) = (graph, new OnnxName(name), type, shape);
    }

    private OnnxValue(OnnxValue other, IReadOnlyList<OnnxDim> shape)
    {
        (Graph, Name, Type, Shape) = (other.Graph, other.Name, other.Type, shape);
    }

    /// <summary>The element type.</summary>
    public OnnxType Type { get; }

    /// <summary>The dimensions; none for a single number.</summary>
    public IReadOnlyList<OnnxDim> Shape { get; }

    /// <summary>How many dimensions there are.</summary>
    public int Rank => Shape.Count;

    internal OnnxGraph Graph { get; }

    // Shared by all views of the value, since an output is renamed after it was made.
    internal OnnxName Name { get; }

    /// <summary>Elementwise sum.</summary>
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Graph.Add(a, b);

    /// <summary>Elementwise sum.</summary>
    public static OnnxValue operator +(OnnxValue a, double b) => a.Graph.Add(a, a.Graph.Like(a, b));

    /// <summary>Elementwise difference.</summary>
    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Graph.Sub(a, b);

    /// <summary>Elementwise difference.</summary>
    public static OnnxValue operator -(OnnxValue a, double b) => a.Graph.Sub(a, a.Graph.Like(a, b));

    /// <summary>Elementwise negation.</summary>
    public static OnnxValue operator -(OnnxValue a) => a.Graph.Neg(a);

    /// <summary>Elementwise product.</summary>
    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Graph.Mul(a, b);

    /// <summary>Elementwise product.</summary>
    public static OnnxValue operator *(OnnxValue a, double b) => a.Graph.Mul(a, a.Graph.Like(a, b));

    /// <summary>Elementwise quotient; of integers, rounded towards zero.</summary>
    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Graph.Div(a, b);

    /// <summary>Elementwise quotient; of integers, rounded towards zero.</summary>
    public static OnnxValue operator /(OnnxValue a, double b) => a.Graph.Div(a, a.Graph.Like(a, b));

    /// <summary>Name, type and shape.</summary>
    public override string ToString() => $"{Name.Text} {Type} {OnnxShapes.Render(Shape)}";

    internal OnnxValue Seen(IReadOnlyList<OnnxDim> shape) => new(this, shape);

    internal OnnxDim Dim(int axis) => Shape[axis < 0 ? axis + Rank : axis];
}

internal sealed class OnnxName(string text)
{
    public string Text { get; set; } = text;
}
