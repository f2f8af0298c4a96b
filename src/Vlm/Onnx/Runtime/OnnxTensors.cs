using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
using static TorchSharp.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Vlm.Onnx.Runtime;

/// <summary>Tensors between the engine and ONNX Runtime.</summary>
internal static class OnnxTensors
{
    /// <summary>
    /// A tensor over the engine's memory: without a copy where that lies on the processor without gaps, with one otherwise.
    /// The engine's tensor may be disposed first; its memory is let go when the result is disposed.
    /// </summary>
    /// <exception cref="ArgumentException">ONNX has no such element type.</exception>
    public static OrtValue From(Tensor tensor)
    {
        OnnxType type = OnnxTypes.Of(tensor.dtype);
        if (tensor.numel() == 0)
            return Empty(type, tensor.shape);
        using Tensor plain = tensor.detach();
        using Tensor here = plain.cpu();
        Tensor kept = here.contiguous().DetachFromDisposeScope();
        return type switch
        {
            OnnxType.Float => Over<float>(kept),
            OnnxType.Int64 => Over<long>(kept),
            OnnxType.Float16 => Over<Float16>(kept),
            OnnxType.BFloat16 => Over<BFloat16>(kept),
            OnnxType.Bool => Over<bool>(kept),
            OnnxType.Double => Over<double>(kept),
            OnnxType.Int32 => Over<int>(kept),
            OnnxType.Int8 => Over<sbyte>(kept),
            _ => Over<byte>(kept),
        };
    }

    /// <summary>A tensor of no elements.</summary>
    /// <param name="type">Of the elements.</param>
    /// <param name="shape">Sizes, of which one is 0.</param>
    public static OrtValue Empty(OnnxType type, params long[] shape) =>
        OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)type, shape);

    /// <summary>A copy for the engine, on the processor.</summary>
    /// <exception cref="InvalidOperationException">The elements are on a card.</exception>
    public static Tensor ToTorch(this OrtValue value)
    {
        if (value.GetTensorMemoryInfo().GetDeviceType() != OrtMemoryInfoDeviceType.CPU)
            throw new InvalidOperationException("the tensor is on a card: bind the output to the processor to read it");
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Tensor copy = empty(info.Shape, ((OnnxType)info.ElementDataType).Torch());
        if (info.ElementCount > 0)
            copy.bytes = value.GetTensorMutableRawData();
        GC.KeepAlive(value);
        return copy;
    }

    private static OrtValue Over<T>(Tensor kept) where T : unmanaged
    {
        IMemoryOwner<T> memory = new TorchMemory<T>(kept);
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory.Memory, kept.shape);
    }

    /// <summary>The memory of a tensor, which whoever pins it lets go of.</summary>
    private sealed unsafe class TorchMemory<T>(Tensor kept) : MemoryManager<T> where T : unmanaged
    {
        public override Span<T> GetSpan() => MemoryMarshal.Cast<byte, T>(kept.bytes);

        // Native, so it does not move.
        public override MemoryHandle Pin(int elementIndex = 0) =>
            new(Unsafe.AsPointer(ref GetSpan()[elementIndex]), pinnable: this);

        public override void Unpin() => kept.Dispose();

        protected override void Dispose(bool disposing) => Unpin();
    }
}
