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

    /// <summary>Refused: it would put other parameters in the place of those that layers hold.</summary>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking) => throw Unmovable.Error();

    /// <inheritdoc cref="_to(ScalarType, bool)"/>
    protected override nn.Module _to(TorchSharp.DeviceType deviceType, int deviceIndex, bool non_blocking) => throw Unmovable.Error();

    /// <inheritdoc cref="_to(ScalarType, bool)"/>
    protected override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => throw Unmovable.Error();
}

/// <summary>A <see cref="Layer"/> that is a function of one tensor.</summary>
public abstract class UnaryLayer(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <inheritdoc/>
    protected sealed override void RegisterComponents()
    {
    }

    /// <summary>Refused: it would put other parameters in the place of those that layers hold.</summary>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking) => throw Unmovable.Error();

    /// <inheritdoc cref="_to(ScalarType, bool)"/>
    protected override nn.Module _to(TorchSharp.DeviceType deviceType, int deviceIndex, bool non_blocking) => throw Unmovable.Error();

    /// <inheritdoc cref="_to(ScalarType, bool)"/>
    protected override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => throw Unmovable.Error();
}

internal static class Unmovable
{
    internal static NotSupportedException Error() => new(
        "a model stays in the type and on the device it was built with; load or build it with those it shall have");
}
