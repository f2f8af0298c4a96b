using TorchSharp;
using TorchSharp.Modules;

namespace Grpo.Critic;

/// <summary>Predicts a return from the state that an action is chosen from: value = weight · state + bias.</summary>
/// <remarks>
/// It starts at zero, so that the first advantages are the rewards themselves and not noise of a random head.
/// </remarks>
public sealed class ValueHead : IDisposable
{
    private readonly Parameter _weight, _bias;

    /// <param name="width">Numbers in a state, D.</param>
    /// <param name="device">Where the policy is; null for the CPU.</param>
    /// <param name="type">In single precision whatever the policy is: its steps are too small for half.</param>
    public ValueHead(
        long width, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        _weight = new(torch.zeros([1, width], dtype: type, device: device).DetachFromDisposeScope());
        _bias = new(torch.zeros([1], dtype: type, device: device).DetachFromDisposeScope());
    }

    /// <summary>Both parameters under their checkpoint names, [1, D] and [1].</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
        [("value_head.weight", _weight), ("value_head.bias", _bias)];

    /// <summary>[.., D] states to [..] predicted returns.</summary>
    public torch.Tensor Forward(torch.Tensor states) =>
        torch.nn.functional.linear(states.to(_weight.dtype), _weight, _bias).squeeze(-1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
