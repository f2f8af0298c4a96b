using Vlm.Engine;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Parameters in the making.</summary>
internal static class Storage
{
    private static readonly Operator s_empty = new("aten::empty", "memory_format");

    /// <summary>A parameter whose values are yet to be written.</summary>
    internal static Parameter Empty(long[] shape, Device? device, ScalarType? dtype)
    {
        using Tensor memory = s_empty.Call(shape, dtype, Argument.None, Placed(device));
        return new Parameter(memory);
    }

    /// <summary>Uniform in +-1/sqrt(fan in).</summary>
    internal static Parameter Bias(long size, long fanIn, Device? device, ScalarType? dtype)
    {
        Parameter bias = Empty([size], device, dtype);
        double bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
        nn.init.uniform_(bias, -bound, bound);
        return bias;
    }
}
