using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>Puts a folder's tensors into a model's parameters, and says plainly where the two do not fit.</summary>
public static class WeightLoader
{
    /// <summary>Fills every parameter from the folder, one by one, straight into the parameter's own memory.</summary>
    /// <remarks>Nothing is read before everything was checked. Types and places are converted on the way.</remarks>
    /// <param name="parameters">The model's parameters under their hub names.</param>
    /// <param name="folder">The weights.</param>
    /// <param name="ignored">Hub names of tensors that the model does not need.</param>
    /// <param name="canonical">A file's name for a tensor to the hub's; null where the file's are the hub's.</param>
    /// <exception cref="UsageException">Tensors are missing, have another shape, are unknown to the model, or are no floats.</exception>
    public static void Load(
        IReadOnlyList<(string Name, Parameter Value)> parameters, HubFolder folder, Func<string, bool> ignored,
        Func<string, string>? canonical = null)
    {
        IReadOnlyDictionary<string, string> stored = WeightCompatibility.Validate(
            [.. parameters.Select(item => (item.Name, item.Value.shape))], folder, ignored, canonical ?? (name => name));

        foreach ((string name, Parameter value) in parameters)
            folder.ReadInto(stored[name], value);
    }
}
