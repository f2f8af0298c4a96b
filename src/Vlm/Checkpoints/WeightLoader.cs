using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>Puts a folder's tensors into a model's parameters, and says plainly where the two do not fit.</summary>
public static class WeightLoader
{
    /// <summary>Fills every parameter from the folder.</summary>
    /// <param name="parameters">The model's parameters under their hub names.</param>
    /// <param name="folder">The weights.</param>
    /// <param name="ignored">Tensors of the folder that the model does not need.</param>
    /// <exception cref="UsageException">A tensor is missing, has another shape, or is not known to the model.</exception>
    public static void Load(
        IReadOnlyList<(string Name, Parameter Value)> parameters, HubFolder folder, Func<string, bool> ignored)
    {
        foreach ((string name, Parameter value) in parameters)
            Check(name, value.shape, folder);

        var known = parameters.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        string? unexpected = folder.Names.FirstOrDefault(name => !known.Contains(name) && !ignored(name));
        if (unexpected is not null)
            throw new UsageException(
                $"the weights hold {unexpected}, which this model has no place for (nearest: {Nearest(unexpected, known)})",
                folder.FileOf(unexpected), "use the config.json the weights came with");

        using var off = torch.no_grad();
        foreach ((string name, Parameter value) in parameters)
        {
            using torch.Tensor stored = folder.Load(name, value.dtype, value.device);
            value.copy_(stored);
        }
    }

    private static void Check(string name, long[] shape, HubFolder folder)
    {
        if (!folder.Contains(name))
            throw new UsageException(
                $"the weights have no {name} [{string.Join(", ", shape)}] (nearest: {Nearest(name, folder.Names)})",
                folder.Path, "use the config.json the weights came with, or download the missing file");

        IReadOnlyList<long> stored = folder.ShapeOf(name);
        if (!stored.SequenceEqual(shape))
            throw new UsageException(
                $"{name} is [{string.Join(", ", stored)}] in the weights, the configuration asks for "
                + $"[{string.Join(", ", shape)}]",
                folder.FileOf(name), "use the config.json the weights came with");
    }

    private static string Nearest(string name, IEnumerable<string> names) =>
        string.Join(", ", TensorNames.Nearest(name, names));
}
