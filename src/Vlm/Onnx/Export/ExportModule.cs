using Vlm.LatentActions;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>
/// A module of a checkpoint on its way into a graph: what is made while it is open bears its name, and takes its weights.
/// </summary>
internal sealed class ExportModule : IDisposable
{
    private readonly IReadOnlyDictionary<string, OnnxWeight> _weights;
    private readonly string _path;
    private readonly IDisposable? _scope;

    private ExportModule(
        OnnxGraph graph, IReadOnlyDictionary<string, OnnxWeight> weights, string path, IDisposable? scope) =>
        (Graph, _weights, _path, _scope) = (graph, weights, path, scope);

    /// <summary>Where nodes are made.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>The whole model. Adapters are not looked at: merge them first.</summary>
    public static ExportModule Of(OnnxGraph graph, IVisionLanguageModel model) => new(
        graph, model.Weights().ToDictionary(item => item.Name, item => OnnxWeight.FromTensor(item.Value)), "", null);

    /// <summary>Parameters under their names.</summary>
    public static ExportModule Of(OnnxGraph graph, IEnumerable<(string Name, TorchSharp.Modules.Parameter Value)> parameters) => new(
        graph, parameters.ToDictionary(item => item.Name, item => OnnxWeight.FromTensor(item.Value)), "", null);

    /// <summary>What latent actions add to a model.</summary>
    public static ExportModule Of(OnnxGraph graph, LatentModules latent) => new(graph,
        ModelParameters.ParametersOf(latent).ToDictionary(item => item.Name, item => OnnxWeight.FromTensor(item.Value)), "", null);

    /// <summary>A module within this one, until it is disposed; a name may lead through several, as "layers.0" does.</summary>
    public ExportModule Enter(string name) => new(Graph, _weights, $"{_path}{name}.", Graph.Scope(name));

    /// <summary>A tensor of this module.</summary>
    public OnnxWeight Weight(string name) => _weights[_path + name];

    /// <summary>A tensor of this module, or null where it has none of that name.</summary>
    public OnnxWeight? Find(string name) => _weights.GetValueOrDefault(_path + name);

    /// <summary>A linear layer, with its bias if it has one.</summary>
    public OnnxValue Linear(string name, OnnxValue x) =>
        Graph.Linear(name, x, Weight($"{name}.weight"), Find($"{name}.bias"));

    /// <summary>A norm by the root of the mean square.</summary>
    public OnnxValue RmsNorm(string name, OnnxValue x, double epsilon) =>
        Graph.RmsNorm(name, x, Weight($"{name}.weight"), epsilon);

    /// <summary>A layer norm.</summary>
    public OnnxValue LayerNorm(string name, OnnxValue x, double epsilon) =>
        Graph.LayerNorm(name, x, Weight($"{name}.weight"), Weight($"{name}.bias"), epsilon);

    /// <summary>down(silu(gate(x)) * up(x)).</summary>
    public OnnxValue SwiGlu(string name, OnnxValue x)
    {
        using ExportModule mlp = Enter(name);
        return mlp.Linear("down_proj", Graph.Silu(mlp.Linear("gate_proj", x)) * mlp.Linear("up_proj", x));
    }

    /// <summary>Leaves the module.</summary>
    public void Dispose() => _scope?.Dispose();
}
