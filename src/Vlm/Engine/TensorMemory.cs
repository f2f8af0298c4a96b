using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>The memory of tensors on the processor, for loops over it.</summary>
internal static unsafe class TensorMemory
{
    // From here on glibc's malloc maps every block apart, whatever it has learned from what was freed.
    private const long MappedApart = 32 << 20;

    /// <summary>A float32 tensor on the processor whose numbers are to be written; until then they are undefined.</summary>
    /// <remarks>
    /// Small ones lie in .NET's memory. In malloc's heap a few MB that outlive a forward pass leave gaps among its activations:
    /// a step of bench-step --size 256m took 140 MB more and was some percent slower.
    /// </remarks>
    internal static Tensor Unwritten(long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return count * sizeof(float) >= MappedApart ? empty(shape, dtype: ScalarType.Float32)
            : frombuffer(GC.AllocateUninitializedArray<float>((int)count), ScalarType.Float32).view(shape);
    }

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
