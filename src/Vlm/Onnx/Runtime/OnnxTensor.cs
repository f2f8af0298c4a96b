using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// A tensor that graphs take and give. It frees its memory when disposed, or stops using that of another. What a graph
/// gave can be handed to the next run as it is: nothing is copied.
/// </summary>
public sealed unsafe class OnnxTensor : IDisposable
{
    private readonly OrtHandle _value;
    private readonly IDisposable? _memory;
    private readonly void* _start;

    private OnnxTensor(nint value, IDisposable? memory)
    {
        OrtApi api = OrtApi.Instance;
        _value = new OrtHandle(value, api.ReleaseValue);
        _memory = memory;
        nint made = 0;
        api.Check(api.GetTensorTypeAndShape(value, &made));
        using var info = new OrtHandle(made, api.ReleaseTensorTypeAndShapeInfo);
        (Element, Shape) = (OrtMetadata.Element(api, made), OrtMetadata.Sizes(api, made));
        OnCpu = IsOnCpu(api, value);
        void* start = null;
        api.Check(api.GetTensorMutableData(value, &start));
        _start = start;
    }

    /// <summary>The type of the elements.</summary>
    public OnnxElement Element { get; }

    /// <summary>Sizes, outermost first; none for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count => CountOf(Shape);

    /// <summary>Whether the elements can be read here; on a card they can only be handed on.</summary>
    public bool OnCpu { get; }

    /// <summary>Where the first element is.</summary>
    internal nint Address => (nint)_start;

    /// <summary>OrtValue, alive while this object is.</summary>
    internal nint Value => _value.Pointer;

    /// <summary>A tensor over the memory of an array, which is read where it lies.</summary>
    /// <param name="data">Stays pinned until the tensor is disposed.</param>
    /// <param name="shape">Sizes, outermost first; none for a scalar.</param>
    /// <exception cref="ArgumentException">The shape holds another number of elements.</exception>
    public static OnnxTensor From<T>(Memory<T> data, params long[] shape) where T : unmanaged
    {
        if (CountOf(shape) != data.Length)
            throw new ArgumentException($"{data.Length} elements do not fill the shape [{string.Join(", ", shape)}]");
        if (data.IsEmpty)
            return Zeros(OnnxElements.Of<T>(), shape);

        OnnxElement element = OnnxElements.Of<T>();
        var pin = new Pin(data.Pin());
        return Over(pin.Start, element, shape, pin);
    }

    /// <summary>
    /// A tensor over the memory of one of the tensor engine's: without a copy where that one lies on the processor without
    /// gaps, with one otherwise. The other tensor may be disposed before this one.
    /// </summary>
    /// <exception cref="ArgumentException">ONNX has no such element type.</exception>
    public static OnnxTensor From(Tensor tensor)
    {
        OnnxElement element = OnnxElements.Of(tensor.dtype);
        if (tensor.numel() == 0)
            return Zeros(element, tensor.shape);

        using Tensor plain = tensor.detach();
        using Tensor here = plain.cpu();
        Tensor kept = here.contiguous().DetachFromDisposeScope();
        return Over(Unsafe(kept.bytes), element, kept.shape, kept);
    }

    /// <summary>A tensor of zeros in memory of its own.</summary>
    public static OnnxTensor Zeros(OnnxElement element, params long[] shape)
    {
        OrtApi api = OrtApi.Instance;
        nint value = 0;
        fixed (long* sizes = shape)
            api.Check(api.CreateTensorAsOrtValue(
                api.Environment.Allocator, sizes, (nuint)shape.Length, (int)element, &value));
        var made = new OnnxTensor(value, null);
        if (made.Count > 0)
            NativeMemory.Clear(made._start, (nuint)(made.Count * element.Size()));
        return made;
    }

    /// <summary>The elements, where they lie.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type, or on a card.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        if (OnnxElements.Of<T>() != Element)
            throw new InvalidOperationException($"the tensor holds {Element.Name()}, not {typeof(T).Name}");
        _ = Reachable();
        return new Span<T>(_start, checked((int)Count));
    }

    /// <summary>A copy for the tensor engine.</summary>
    /// <exception cref="InvalidOperationException">The elements are on a card.</exception>
    public Tensor ToTorch()
    {
        _ = Reachable();
        Tensor copy = empty([.. Shape], Element.Torch());
        if (Count > 0)
            copy.bytes = new Span<byte>(_start, checked((int)(Count * Element.Size())));
        GC.KeepAlive(this);
        return copy;
    }

    /// <summary>Frees its memory, or lets go of the memory it was made over.</summary>
    public void Dispose()
    {
        _value.Dispose();
        _memory?.Dispose();
    }

    /// <summary>Takes what ONNX Runtime gave.</summary>
    internal static OnnxTensor Own(nint value) => new(value, null);

    private static OnnxTensor Over(void* start, OnnxElement element, long[] shape, IDisposable memory)
    {
        OrtApi api = OrtApi.Instance;
        nint value = 0;
        try
        {
            fixed (long* sizes = shape)
                api.Check(api.CreateTensorWithDataAsOrtValue(
                    api.Environment.Cpu, start, (nuint)(CountOf(shape) * element.Size()), sizes, (nuint)shape.Length,
                    (int)element, &value));
            return new OnnxTensor(value, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private nint Reachable() => !OnCpu
        ? throw new InvalidOperationException("the tensor is on a card: bind the output to the processor to read it")
        : _value.Pointer;

    private static bool IsOnCpu(OrtApi api, nint value)
    {
        nint memory = 0;
        int device = 0;
        api.Check(api.GetTensorMemoryInfo(value, &memory));
        api.MemoryInfoGetDeviceType(memory, &device);
        return device == 0;
    }

    private static long CountOf(IReadOnlyList<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    // A tensor's memory is native, so its address stays.
    private static void* Unsafe(Span<byte> native) =>
        System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(native));

    private sealed class Pin(System.Buffers.MemoryHandle memory) : IDisposable
    {
        private System.Buffers.MemoryHandle _memory = memory;

        public void* Start => _memory.Pointer;

        public void Dispose() => _memory.Dispose();
    }
}
