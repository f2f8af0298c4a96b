using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Models that have names and shapes before they have memory.</summary>
/// <remarks>
/// A model of billions of weights is built in milliseconds, compared with a file's header, and only then given memory, one
/// parameter at a time, in the type and on the device it will be used with.
/// </remarks>
public static class Skeleton
{
    private static readonly Operator s_empty = new("aten::empty", "memory_format");

    /// <summary>Builds a module whose tensors have shapes and no memory (device META).</summary>
    /// <param name="build">Makes its tensors without naming a device. What it puts on a device by name stays there.</param>
    public static T Of<T>(Func<T> build) where T : nn.Module
    {
        Device? before = DefaultDevice;
        DefaultDevice = META;
        try
        {
            return build();
        }
        finally
        {
            DefaultDevice = before;
        }
    }

    /// <summary>Gives every parameter memory whose values are yet to be written.</summary>
    /// <param name="module">Keeps its parameter objects, their names, and which of them learn.</param>
    /// <param name="dtype">Type of the new memory.</param>
    /// <param name="device">Place of the new memory; the CPU unless given.</param>
    /// <exception cref="InvalidOperationException">A buffer is without memory: nobody would ever write its values.</exception>
    public static T Place<T>(T module, ScalarType dtype, Device? device = null) where T : nn.Module
    {
        foreach ((string name, Tensor buffer) in module.named_buffers())
            if (buffer.is_meta)
                throw new InvalidOperationException($"buffer '{name}' was built without values; give it a device by name");

        foreach (Parameter parameter in module.parameters())
            Place(parameter, dtype, device);
        return module;
    }

    /// <summary>Gives one parameter memory whose values are yet to be written. Its gradient and history are dropped.</summary>
    public static void Place(Parameter parameter, ScalarType dtype, Device? device = null)
    {
        bool learns = parameter.requires_grad;
        using Tensor memory = s_empty.Call(parameter.shape, dtype, Argument.None, device ?? CPU);
        parameter.Become(memory);
        parameter.requires_grad = learns;
    }
}
