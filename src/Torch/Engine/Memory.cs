using System.Buffers;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Tensors over, and copies of, memory that C# owns.</summary>
public static unsafe class Memory
{
    private static readonly Operator s_empty = new("aten::empty", "memory_format");

    /// <summary>A tensor that reads and writes the given memory in place; nothing is copied.</summary>
    /// <param name="data">Stays pinned until the last tensor over it is gone.</param>
    /// <param name="shape">Sizes whose product is the number of elements.</param>
    /// <exception cref="ArgumentException">The shape does not hold as many elements as the memory.</exception>
    public static Tensor FromBlob<T>(Memory<T> data, params long[] shape) where T : unmanaged
    {
        CheckCount(data.Length, shape);
        var pin = new Pin(data.Pin());
        return FromBlob(pin.Pointer, shape, TypeOf<T>(), &Unpin, GCHandle.ToIntPtr(GCHandle.Alloc(pin)));
    }

    /// <summary>A tensor over native memory, which must outlive every tensor over it.</summary>
    /// <param name="data">The first element.</param>
    /// <param name="shape">Sizes, outermost first; the elements lie without gaps.</param>
    /// <param name="dtype">The type of the elements.</param>
    public static Tensor FromBlob(void* data, long[] shape, ScalarType dtype) =>
        FromBlob(data, shape, dtype, null, 0);

    /// <summary>A tensor over native memory whose owner is told when the last tensor over it is gone.</summary>
    /// <param name="data">The first element.</param>
    /// <param name="shape">Sizes, outermost first; the elements lie without gaps.</param>
    /// <param name="dtype">The type of the elements.</param>
    /// <param name="free">Called once, with <paramref name="context"/>, on any thread.</param>
    /// <param name="context">Handed to <paramref name="free"/>.</param>
    public static Tensor FromBlob(
        void* data, long[] shape, ScalarType dtype, delegate* unmanaged<nint, void> free, nint context)
    {
        fixed (long* sizes = shape)
            return new Tensor(Native.Check(
                Native.vt_from_blob(data, sizes, shape.Length, (int)dtype, free, context)));
    }

    /// <summary>A tensor of a copy of the numbers.</summary>
    internal static Tensor Copy<T>(ReadOnlySpan<T> values, long[] shape, ScalarType dtype) where T : unmanaged
    {
        CheckCount(values.Length, shape);
        Tensor tensor = s_empty.Call(shape, dtype);
        if (values.Length > 0)
            values.CopyTo(new Span<T>((void*)Native.Check(Native.vt_data(tensor.Handle)), values.Length));
        return tensor;
    }

    /// <summary>libtorch's name for a C# type.</summary>
    internal static ScalarType TypeOf<T>() => default(T) switch
    {
        bool => ScalarType.Bool,
        byte => ScalarType.Byte,
        sbyte => ScalarType.Int8,
        short => ScalarType.Int16,
        int => ScalarType.Int32,
        long => ScalarType.Int64,
        Half => ScalarType.Float16,
        BFloat16 => ScalarType.BFloat16,
        float => ScalarType.Float32,
        double => ScalarType.Float64,
        _ => throw new ArgumentException($"{typeof(T).Name} is no element type of tensors"),
    };

    private static void CheckCount(int count, long[] shape)
    {
        long expected = 1;
        foreach (long size in shape)
            expected *= size;
        if (expected != count)
            throw new ArgumentException($"{count} elements do not fill the shape [{string.Join(", ", shape)}]");
    }

    [UnmanagedCallersOnly]
    private static void Unpin(nint context)
    {
        var handle = GCHandle.FromIntPtr(context);
        ((Pin)handle.Target!).Dispose();
        handle.Free();
    }

    private sealed class Pin(MemoryHandle memory) : IDisposable
    {
        private MemoryHandle _memory = memory;

        internal void* Pointer => _memory.Pointer;

        public void Dispose() => _memory.Dispose();
    }
}
