using Microsoft.ML.OnnxRuntime;

namespace Vlm.Onnx.Runtime;

/// <summary>What a run gave, by name. Disposing it disposes what was not taken.</summary>
internal sealed class OnnxValues : IDisposable
{
    private readonly Dictionary<string, OrtValue> _values;

    public OnnxValues(IEnumerable<string> names, IEnumerable<OrtValue> values) =>
        _values = names.Zip(values).ToDictionary(item => item.First, item => item.Second);

    /// <summary>The names of what is here.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>An output, which stays here.</summary>
    /// <exception cref="KeyNotFoundException">It was not asked for, or was taken.</exception>
    public OrtValue this[string name] => _values[name];

    /// <summary>An output, which is the caller's to dispose from now on.</summary>
    /// <exception cref="KeyNotFoundException">It was not asked for, or was taken.</exception>
    public OrtValue Take(string name) => _values.Remove(name, out OrtValue? value) ? value
        : throw new KeyNotFoundException($"{name} is not among {string.Join(", ", Names)}");

    /// <summary>Disposes what was not taken.</summary>
    public void Dispose()
    {
        foreach (OrtValue value in _values.Values)
            value.Dispose();
        _values.Clear();
    }
}
