using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>One memory for the weights that two models have in common, such as those of a policy with adapters and its reward model.</summary>
public static class SharedWeights
{
    /// <summary>
    /// Lets a frozen model use another one's memory for every weight that is the same number by number, and that the other
    /// does not train. Its own memory of them is freed.
    /// </summary>
    /// <param name="frozen">Computes the same afterwards; must not be trained, and not be used once the other is disposed.</param>
    /// <param name="owner">Keeps its weights.</param>
    /// <returns>Bytes that are no longer held twice.</returns>
    public static long Share(IVisionLanguageModel frozen, IVisionLanguageModel owner)
    {
        using IDisposable constant = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Parameter> known = owner.Parameters
            .Where(item => !item.Value.requires_grad).ToDictionary(item => item.Name, item => item.Value, StringComparer.Ordinal);
        long bytes = 0;
        foreach ((string name, Parameter value) in frozen.Parameters)
            if (known.TryGetValue(name, out Parameter? theirs) && Same(value, theirs))
            {
                value.requires_grad = false;
                _ = value.set_(theirs);
                bytes += value.numel() * value.element_size();
            }
        return bytes;
    }

    private static bool Same(Parameter a, Parameter b) => a.shape.SequenceEqual(b.shape) && a.dtype == b.dtype
        && a.device.ToString() == b.device.ToString() && a.eq(b).all().item<bool>();
}
