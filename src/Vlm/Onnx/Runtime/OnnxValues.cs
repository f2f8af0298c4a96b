namespace Vlm.Onnx.Runtime;

/// <summary>What a run gave, by name. Disposing it disposes what was not taken.</summary>
public sealed class OnnxValues : IDisposable
{
    private readonly Dictionary<string, OnnxTensor> _values;

    internal OnnxValues(IEnumerable<(string Name, OnnxTensor Value)> values) =>
        _values = values.ToDictionary(item => item.Name, item => item.Value);

    /// <summary>The names of what is here.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>An output, which stays here.</summary>
    /// <exception cref="KeyNotFoundException">It was not asked for, or was taken.</exception>
    public OnnxTensor this[string name] => _values[name];

    /// <summary>An output, which is the caller's to dispose from now on.</summary>
    /// <exception cref="KeyNotFoundException">It was not asked for, or was taken.</exception>
    public OnnxTensor Take(string name) => _values.Remove(name, out OnnxTensor? value)
        ? value
        : throw new KeyNotFoundException($"{name} is not among {string.Join(", ", Names)}");

    /// <summary>Disposes what was not taken.</summary>
    public void Dispose()
    {
        foreach (OnnxTensor value in _values.Values)
            value.Dispose();
        _values.Clear();
    }
}
