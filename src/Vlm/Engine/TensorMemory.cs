using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>The memory of tensors on the processor, for loops over it.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The first number of a float32 tensor without gaps. Valid as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">It has another type, lies elsewhere, or has gaps.</exception>
    internal static float* Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException("only float32 without gaps on the processor can be read in place", nameof(tensor));
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }
}
