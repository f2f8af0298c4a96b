using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>The memory of tensors on the processor, for loops over it.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The first number of a float32 tensor without gaps. Valid as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">It has another type, lies elsewhere, or has gaps.</exception>
    internal static float* Floats(Tensor tensor) => (float*)First(tensor, ScalarType.Float32);

    /// <summary>The same of a bfloat16 tensor.</summary>
    /// <exception cref="ArgumentException">It has another type, lies elsewhere, or has gaps.</exception>
    internal static BFloat16* BFloat16s(Tensor tensor) => (BFloat16*)First(tensor, ScalarType.BFloat16);

    private static void* First(Tensor tensor, ScalarType type)
    {
        if (tensor.dtype != type || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"only {type} without gaps on the processor can be read in place", nameof(tensor));
        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }
}
