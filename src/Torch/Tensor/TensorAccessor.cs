using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The numbers of a tensor on the CPU, read and written in place.</summary>
/// <typeparam name="T">The tensor's element type.</typeparam>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private Tensor? _tensor;
    private readonly T* _start;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        _tensor = tensor;
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
        _start = Count == 0 ? null : (T*)tensor.Start();
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    /// <summary>One number, by its place in every dimension, or with one index in row-major order.</summary>
    public T this[params long[] indices]
    {
        get
        {
            T number = Start[Offset(indices)];
            GC.KeepAlive(this);
            return number;
        }
        set
        {
            Start[Offset(indices)] = value;
            GC.KeepAlive(this);
        }
    }

    /// <summary>All numbers in row-major order.</summary>
    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    /// <summary>An array of the tensor's shape.</summary>
    public Array ToNDArray()
    {
        var result = Array.CreateInstance(typeof(T), _shape);
        ReadOnlySpan<T> values = ToArray();
        values.CopyTo(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
            ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(
                ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(result)),
            values.Length));
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>From the tensor's number at <paramref name="tensorIndex"/>, in row-major order, to its end.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)tensorIndex, (ulong)Count);
        T* start = Start;
        Span<T> target = array[arrayIndex..];
        long count = Math.Min(Count - tensorIndex, target.Length);
        if (_contiguous)
            new ReadOnlySpan<T>(start + tensorIndex, checked((int)count)).CopyTo(target);
        else
            for (int i = 0; i < count; i++)
                target[i] = start[Place(tensorIndex + i)];
        GC.KeepAlive(this);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    /// <summary>Fills the tensor, in row-major order, from its number at <paramref name="tensorIndex"/> on.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)tensorIndex, (ulong)Count);
        T* start = Start;
        ReadOnlySpan<T> source = array[arrayIndex..];
        long count = Math.Min(Count - tensorIndex, source.Length);
        if (_contiguous)
            source[..(int)count].CopyTo(new Span<T>(start + tensorIndex, checked((int)count)));
        else
            for (int i = 0; i < count; i++)
                start[Place(tensorIndex + i)] = source[i];
        GC.KeepAlive(this);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Ends the access; the tensor stays.</summary>
    public void Dispose() => _tensor = null;

    /// <summary>The first number, while the tensor lives.</summary>
    private T* Start => _tensor is { IsInvalid: false }
        ? _start
        : throw new ObjectDisposedException(nameof(Tensor));

    private long Offset(long[] indices)
    {
        if (indices.Length == 1 && _shape.Length != 1)
            return Place(Within(indices[0], Count));
        if (indices.Length != _shape.Length)
            throw new ArgumentException($"{indices.Length} indices for {_shape.Length} dimensions");

        long offset = 0;
        for (int i = 0; i < indices.Length; i++)
            offset += Within(indices[i], _shape[i]) * _strides[i];
        return offset;
    }

    private static long Within(long index, long size) => index >= 0 && index < size
        ? index
        : throw new IndexOutOfRangeException($"index {index} in a dimension of {size}");

    /// <summary>Where in memory the i-th number in row-major order is.</summary>
    private long Place(long i)
    {
        if (_contiguous)
            return i;

        long offset = 0;
        for (int dim = _shape.Length - 1; dim >= 0; dim--)
        {
            offset += i % _shape[dim] * _strides[dim];
            i /= _shape[dim];
        }
        return offset;
    }
}
