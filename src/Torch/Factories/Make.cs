using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // What every factory shares: where a tensor goes, how numbers get into it, what is done to it last.
    // Of the thread, as in PyTorch: a model built on META here must not empty the tensors of another thread.
    [ThreadStatic]
    private static Device? t_defaultDevice;

    /// <summary>Where a new tensor goes that was told no device.</summary>
    internal static Device? Placed(Device? device) => device ?? t_defaultDevice;

    /// <summary>The thread's default device, null while none was set.</summary>
    internal static Device? DefaultDevice
    {
        get => t_defaultDevice;
        set => t_defaultDevice = value;
    }

    public static Device get_default_device() => t_defaultDevice ?? CPU;

    public static void set_default_device(Device device) => t_defaultDevice = device;

    public static void set_default_device(string device) => t_defaultDevice = new Device(device);

    /// <summary>The type of new tensors of floating point that were told none.</summary>
    public static ScalarType get_default_dtype() => (ScalarType)Native.vt_default_dtype();

    public static void set_default_dtype(ScalarType dtype) =>
        _ = Native.Check(Native.vt_set_default_dtype((int)dtype));

    private static Tensor Finish(this Tensor tensor, bool requires_grad, string[]? names = null) =>
        (requires_grad ? tensor.requires_grad_() : tensor).Named(names);

    /// <summary>Dimensions have numbers here, not names.</summary>
    private static Tensor Named(this Tensor tensor, string[]? names) => names is null
        ? tensor
        : throw new ArgumentException("dimensions cannot be named; count them from 0", nameof(names));

    /// <summary>A tensor of a copy of the numbers; without sizes, of one dimension.</summary>
    private static Tensor Copy<T>(
        ReadOnlySpan<T> values, long[]? sizes, ScalarType? dtype, Device? device, bool requires_grad,
        string[]? names = null)
        where T : unmanaged
    {
        Tensor tensor = Memory.Copy(values, sizes ?? [values.Length], Memory.TypeOf<T>());
        return tensor.Moved(dtype, Placed(device)).Finish(requires_grad, names);
    }

    /// <summary>The tensor in the given type and place; the one that is left behind is freed.</summary>
    private static Tensor Moved(this Tensor tensor, ScalarType? dtype, Device? device) =>
        (dtype is null || dtype == tensor.dtype) && (device is null || device.type == DeviceType.CPU)
            ? tensor
            : tensor.to(dtype ?? tensor.dtype, device ?? CPU, disposeAfter: true);

    private static T[] Flat<T>(IList<T> values) => values as T[] ?? [.. values];
}
