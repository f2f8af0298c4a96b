using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>A module whose parts have the names they were registered under, and no others.</summary>
/// <remarks>
/// TorchSharp's modules, when registered in another, register every field that holds a module or parameter a second time,
/// under the field's own name. Checkpoints know the first names only, and adapters would be attached twice.
/// </remarks>
public abstract class Layer(string name) : nn.Module(name)
{
    /// <inheritdoc/>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>A <see cref="Layer"/> that is a function of one tensor.</summary>
public abstract class UnaryLayer(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <inheritdoc/>
    protected sealed override void RegisterComponents()
    {
    }
}
