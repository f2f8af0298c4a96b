using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;

namespace Vlm.Grpo;

/// <summary>Predicts a return from the state that an action is chosen from: value = weight · state + bias.</summary>
/// <remarks>
/// It starts at zero, so that the first advantages are the rewards themselves and not noise of a random head. With several outputs
/// they are the logits of a <see cref="CategoricalValue"/>, which start as the uniform distribution, of mean 0.
/// </remarks>
public sealed class ValueHead : IDisposable
{
    private const string FileName = "value_head.safetensors";
    private readonly Parameter _weight, _bias;

    /// <param name="width">Numbers in a state, D.</param>
    /// <param name="device">Where the policy is.</param>
    /// <param name="type">In single precision whatever the policy is: its steps are too small for half.</param>
    /// <param name="outputs">1 for a return, more for the bins of one.</param>
    public ValueHead(
        long width, torch.Device device, torch.ScalarType type = torch.ScalarType.Float32, int outputs = 1)
    {
        _weight = new(torch.zeros([outputs, width], dtype: type, device: device).DetachFromDisposeScope());
        _bias = new(torch.zeros([outputs], dtype: type, device: device).DetachFromDisposeScope());
    }

    /// <summary>Both parameters under their checkpoint names, [K, D] and [K], K = 1 for a return.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
        [("value_head.weight", _weight), ("value_head.bias", _bias)];

    /// <summary>Writes both into <c>value_head.safetensors</c> of a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => SafetensorsWriter.Write(
        Path.Combine(folder, FileName), Parameters.Select(item => (item.Name, (torch.Tensor)item.Value)));

    /// <summary>Takes both from a checkpoint's folder.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <exception cref="UsageException">The file is missing or damaged, or of another width.</exception>
    public void Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        foreach ((string name, Parameter value) in Parameters)
            if (file.Entries.TryGetValue(name, out SafetensorsEntry? entry) && entry.Shape.SequenceEqual(value.shape))
                _ = value.copy_(file.Load(name, value.device));
            else
                throw new UsageException(
                    $"the critic needs '{name}' [{string.Join(", ", value.shape)}], and the file has "
                    + (entry is null ? "none" : $"[{string.Join(", ", entry.Shape)}]"),
                    path, "resume with the model that the run began with");
    }

    /// <summary>[.., D] states to [..] predicted returns, or to [.., K] logits of their bins.</summary>
    public torch.Tensor Forward(torch.Tensor states)
    {
        torch.Tensor outputs = torch.nn.functional.linear(states.to(_weight.dtype), _weight, _bias);      // [.., K]
        return outputs.shape[^1] == 1 ? outputs.squeeze(-1) : outputs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
