using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Checkpoints;

/// <summary>Puts a folder's tensors into a model's parameters, and says plainly where the two do not fit.</summary>
public static class WeightLoader
{
    // From here on the pages that linking touched are worth the hundredth of a second that giving them back takes.
    private const long LargeBytes = 1 << 27;

    /// <summary>Fills every parameter from the folder, one by one, straight into the parameter's own memory.</summary>
    /// <remarks>
    /// Nothing is given memory before everything was checked. A parameter on device META, or of another type or place than
    /// asked for, gets new memory; so a model from <see cref="Skeleton.Of"/> never exists twice.
    /// </remarks>
    /// <param name="parameters">The model's parameters under their hub names.</param>
    /// <param name="folder">The weights.</param>
    /// <param name="ignored">Hub names of tensors that the model does not need.</param>
    /// <param name="canonical">A file's name for a tensor to the hub's; null where the file's are the hub's.</param>
    /// <param name="dtype">Type of the parameters; null keeps what each has.</param>
    /// <param name="device">Place of the parameters; null keeps where each is, and puts those without memory on the CPU.</param>
    /// <exception cref="UsageException">Tensors are missing, have another shape, are unknown to the model, or are no floats.</exception>
    public static void Load(
        IReadOnlyList<(string Name, Parameter Value)> parameters, HubFolder folder, Func<string, bool> ignored,
        Func<string, string>? canonical = null, torch.ScalarType? dtype = null, torch.Device? device = null)
    {
        IReadOnlyDictionary<string, string> stored = WeightFit.Check(
            [.. parameters.Select(item => (item.Name, item.Value.shape))], folder, ignored, canonical ?? (name => name));

        if (stored.Values.Sum(name => folder.EntryOf(name).Length) >= LargeBytes)
            ResidentPages.GiveBack();
        foreach ((string name, Parameter value) in parameters)
        {
            Place(value, dtype ?? value.dtype, device ?? (value.is_meta ? torch.CPU : value.device));
            folder.ReadInto(stored[name], value);
        }
    }

    private static void Place(Parameter value, torch.ScalarType dtype, torch.Device device)
    {
        if (value.dtype != dtype || value.device_type != device.type || value.device_index != device.index)
            Skeleton.Place(value, dtype, device);
    }
}
