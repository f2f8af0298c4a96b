using TorchSharp;

namespace Vlm.Onnx.Graph;

/// <summary>
/// Builds an ONNX graph, node by node, in the order in which it runs; types and shapes are checked on the way.
/// </summary>
/// <remarks>
/// Operator set 17 of the standard domain, file format 8: what ONNX Runtime and its browser build have read for years.
/// Every node is named by the scope it is made in, so that a runtime's message leads to the layer it speaks of.
/// Operators: https://onnx.ai/onnx/operators/. What they do is described there; here only what is checked.
/// </remarks>
public sealed partial class OnnxGraph
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxValue> _inputs = [], _outputs = [];
    private readonly Dictionary<string, (OnnxValue Value, int Axis)> _named = [];
    private readonly Dictionary<string, OnnxValue> _sizes = [];
    private readonly Dictionary<string, int> _taken = [];
    private readonly Stack<string> _scopes = [];

    /// <summary>An empty graph.</summary>
    /// <param name="name">What the file calls it.</param>
    /// <param name="activations">
    /// <see cref="OnnxType.Float"/> or <see cref="OnnxType.Float16"/>: in what type weights are stored and values
    /// computed, except in norms and softmax, which stay float32.
    /// </param>
    /// <param name="int8">
    /// Store the weights of <see cref="OnnxLayers.Linear"/> as signed bytes with a scale per output.
    /// </param>
    public OnnxGraph(string name, OnnxType activations = OnnxType.Float, bool int8 = false)
    {
        if (activations is not (OnnxType.Float or OnnxType.Float16))
            throw new ArgumentException(
                $"a graph computes in Float or Float16, not {activations}", nameof(activations));
        (Name, Activations, Int8) = (name, activations, int8);
    }

    /// <summary>What the file calls the graph.</summary>
    public string Name { get; }

    /// <summary>The type of weights and of what flows between layers.</summary>
    public OnnxType Activations { get; }

    /// <summary>Whether linear layers store their weights as bytes.</summary>
    public bool Int8 { get; }

    /// <summary>
    /// Notes that are stored with the model, such as the checkpoint it came from; runtimes ignore them.
    /// </summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>How many nodes there are.</summary>
    public int Nodes => _nodes.Count;

    /// <summary>
    /// Names nodes and weights that are made until the result is disposed: <c>layers.0</c>, then inside it <c>mlp</c>.
    /// </summary>
    /// <param name="name">Appended to the scopes around it with a dot.</param>
    public IDisposable Scope(string name)
    {
        _scopes.Push(_scopes.TryPeek(out string? outer) ? $"{outer}.{name}" : name);
        return new OpenScope(_scopes);
    }

    /// <summary>Declares what the caller feeds.</summary>
    /// <param name="name">Its name, kept as it is.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Numbers and names; the first value with a name decides its size.</param>
    public OnnxValue Input(string name, OnnxType type, params OnnxDim[] shape)
    {
        Claim("Input", name);
        var value = new OnnxValue(this, name, type, shape);
        _inputs.Add(value);
        Remember(value);
        return value;
    }

    /// <summary>Declares what the caller may feed, and what stands for it where it is not fed.</summary>
    /// <param name="name">Its name, kept as it is.</param>
    /// <param name="value">What stands for it.</param>
    /// <param name="shape">
    /// What may be fed, into which the value fits. Without names: runtimes take two of the same name for one size.
    /// </param>
    public OnnxValue Optional(string name, torch.Tensor value, params OnnxDim[] shape)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        byte[] bytes = value.detach().cpu().contiguous().bytes.ToArray();
        OnnxValue input = Input(name, OnnxTypes.Of(value.dtype), shape);
        _initializers.Add(new OnnxInitializer(input, value.shape, file => file.Write(bytes)));
        return input;
    }

    /// <summary>Declares what the caller gets.</summary>
    /// <param name="name">Its name, kept as it is; the value takes it.</param>
    /// <param name="value">
    /// What a node made; inputs, weights and what already is an output pass through an Identity.
    /// </param>
    /// <param name="shape">What the file says of its shape; the shape as inferred if none is given.</param>
    public void Output(string name, OnnxValue value, params OnnxDim[] shape)
    {
        Claim("Output", name);
        bool made = _nodes.Any(node => node.Outputs.Any(output => output.Name == value.Name));
        if (!made || _outputs.Any(output => output.Name == value.Name))
            value = Identity(value);
        value.Name.Text = name;
        _outputs.Add(shape.Length == 0 ? value : Assume(value, shape));
    }

    /// <summary>The same value under a shape of which more is known, or whose names are better. Adds no node.</summary>
    /// <param name="value">Anything.</param>
    /// <param name="shape">As many dimensions; a number that was another number is refused.</param>
    public OnnxValue Assume(OnnxValue value, params OnnxDim[] shape)
    {
        bool fits = shape.Length == value.Rank && shape.Zip(value.Shape)
            .All(pair => pair.First.Size is not { } a || pair.Second.Size is not { } b || a == b);
        if (!fits)
            throw new OnnxGraphException("Assume", Scoped("Assume"),
                $"{value} is not of shape {OnnxShapes.Render(shape)}");

        OnnxValue seen = value.Seen([.. shape.Zip(value.Shape, (said, known) => said.Or(known))]);
        Remember(seen);
        return seen;
    }

    /// <summary>
    /// The size of a dimension as a value, [1] of Int64: a constant, or read from the first value that has the name.
    /// </summary>
    public OnnxValue SizeOf(OnnxDim dim)
    {
        if (dim.Size is { } size)
            return Constant([size]);
        if (_sizes.TryGetValue(dim.ToString(), out OnnxValue? known))
            return known;
        if (dim.Name is null || !_named.TryGetValue(dim.Name, out (OnnxValue Value, int Axis) holder))
            throw new OnnxGraphException("Shape", Scoped("Shape"), $"no value has a dimension '{dim}'");

        return _sizes[dim.Name] = Shape(holder.Value, holder.Axis, holder.Axis + 1);
    }

    /// <summary>The same as a single number, [].</summary>
    public OnnxValue ScalarOf(OnnxDim dim) => dim.Size is { } size ? Scalar(size) : Squeeze(SizeOf(dim), 0);

    internal string Scoped(string name) => _scopes.TryPeek(out string? scope) ? $"{scope}/{name}" : name;

    // "name", then "name_1", "name_2" ...
    internal string Unique(string name)
    {
        string free = name;
        while (!_taken.TryAdd(free, 0))
            free = $"{name}_{++_taken[name]}";
        return free;
    }

    internal void Append(OnnxNode node)
    {
        _nodes.Add(node);
        foreach (OnnxValue output in node.Outputs)
            Remember(output);
    }

    private OnnxOp Op(string op, params OnnxValue?[] inputs) => new(this, op, inputs);

    private void Remember(OnnxValue value)
    {
        foreach ((int axis, OnnxDim dim) in value.Shape.Index())
            if (dim.Name is { } name)
                _named.TryAdd(name, (value, axis));
    }

    private void Claim(string kind, string name)
    {
        if (!_taken.TryAdd(name, 0))
            throw new OnnxGraphException(kind, name, "the name is already taken");
    }

    private sealed class OpenScope(Stack<string> scopes) : IDisposable
    {
        private bool _closed;

        public void Dispose()
        {
            if (!_closed)
                scopes.Pop();
            _closed = true;
        }
    }
}
