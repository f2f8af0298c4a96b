namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    /// <summary>a + b, broadcast.</summary>
    public OnnxValue Add(OnnxValue a, OnnxValue b) => Numbers("Add", a, b);

    /// <summary>a - b, broadcast.</summary>
    public OnnxValue Sub(OnnxValue a, OnnxValue b) => Numbers("Sub", a, b);

    /// <summary>a * b, broadcast.</summary>
    public OnnxValue Mul(OnnxValue a, OnnxValue b) => Numbers("Mul", a, b);

    /// <summary>a / b, broadcast; of integers, rounded towards zero.</summary>
    public OnnxValue Div(OnnxValue a, OnnxValue b) => Numbers("Div", a, b);

    /// <summary>The smaller of each pair, broadcast.</summary>
    public OnnxValue Min(OnnxValue a, OnnxValue b) => Numbers("Min", a, b);

    /// <summary>The larger of each pair, broadcast.</summary>
    public OnnxValue Max(OnnxValue a, OnnxValue b) => Numbers("Max", a, b);

    /// <summary>a = b, broadcast.</summary>
    public OnnxValue Equal(OnnxValue a, OnnxValue b) => Pair(Op("Equal", a, b).RequireSameType(), a, b, OnnxType.Bool);

    /// <summary>a &gt; b, broadcast.</summary>
    public OnnxValue Greater(OnnxValue a, OnnxValue b) => Compare("Greater", a, b);

    /// <summary>a &gt;= b, broadcast.</summary>
    public OnnxValue GreaterOrEqual(OnnxValue a, OnnxValue b) => Compare("GreaterOrEqual", a, b);

    /// <summary>a &lt; b, broadcast.</summary>
    public OnnxValue Less(OnnxValue a, OnnxValue b) => Compare("Less", a, b);

    /// <summary>a &lt;= b, broadcast.</summary>
    public OnnxValue LessOrEqual(OnnxValue a, OnnxValue b) => Compare("LessOrEqual", a, b);

    /// <summary>Both true, broadcast.</summary>
    public OnnxValue And(OnnxValue a, OnnxValue b) => Truths("And", a, b);

    /// <summary>
    /// <paramref name="then"/> where the condition holds, <paramref name="otherwise"/> elsewhere, broadcast.
    /// </summary>
    public OnnxValue Where(OnnxValue condition, OnnxValue then, OnnxValue otherwise)
    {
        OnnxOp op = Op("Where", condition, then, otherwise)
            .Require(condition.Type == OnnxType.Bool, "the condition must be truth values")
            .Require(then.Type == otherwise.Type, "the two branches' types differ");
        return op.To(then.Type, op.Broadcast(condition.Shape, op.Broadcast(then.Shape, otherwise.Shape)));
    }

    /// <summary>The square root.</summary>
    public OnnxValue Sqrt(OnnxValue x) => Float("Sqrt", x);

    /// <summary>1 / (1 + e^-x).</summary>
    public OnnxValue Sigmoid(OnnxValue x) => Float("Sigmoid", x);

    /// <summary>The hyperbolic tangent.</summary>
    public OnnxValue Tanh(OnnxValue x) => Float("Tanh", x);

    /// <summary>The error function.</summary>
    public OnnxValue Erf(OnnxValue x) => Float("Erf", x);

    /// <summary>The cosine of radians.</summary>
    public OnnxValue Cos(OnnxValue x) => Float("Cos", x);

    /// <summary>The sine of radians.</summary>
    public OnnxValue Sin(OnnxValue x) => Float("Sin", x);

    /// <summary>-x.</summary>
    public OnnxValue Neg(OnnxValue x) => Op("Neg", x).RequireNumber().To(x.Type, x.Shape);

    /// <summary>x without its sign.</summary>
    public OnnxValue Abs(OnnxValue x) => Op("Abs", x).RequireNumber().To(x.Type, x.Shape);

    /// <summary>x under another name.</summary>
    public OnnxValue Identity(OnnxValue x) => Op("Identity", x).To(x.Type, x.Shape);

    /// <summary>x in another element type; adds no node where it has that type.</summary>
    public OnnxValue Cast(OnnxValue x, OnnxType type) =>
        x.Type == type ? x : Op("Cast", x).With("to", (long)type).To(type, x.Shape);

    private OnnxValue Numbers(string op, OnnxValue a, OnnxValue b) =>
        Pair(Op(op, a, b).RequireSameType().RequireNumber(), a, b, a.Type);

    private OnnxValue Compare(string op, OnnxValue a, OnnxValue b) =>
        Pair(Op(op, a, b).RequireSameType().RequireNumber(), a, b, OnnxType.Bool);

    private OnnxValue Truths(string op, OnnxValue a, OnnxValue b) => Pair(
        Op(op, a, b).RequireSameType().Require(a.Type == OnnxType.Bool, "takes truth values"), a, b, OnnxType.Bool);

    private static OnnxValue Pair(OnnxOp op, OnnxValue a, OnnxValue b, OnnxType type) =>
        op.To(type, op.Broadcast(a.Shape, b.Shape));

    private OnnxValue Float(string op, OnnxValue x) => Op(op, x).RequireFloat().To(x.Type, x.Shape);
}
