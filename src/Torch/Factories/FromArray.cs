using System.Runtime.InteropServices;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of the array's shape and element type, of a copy of its numbers.</summary>
    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        CopyAny(rawArray).Moved(dtype, Placed(device)).Finish(requires_grad, names);

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) =>
        from_array(data, dtype, device);

    /// <summary>Shares the tensor's memory where neither type nor place changes.</summary>
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        dtype is null && device is null ? data.alias() : data.to(dtype ?? data.dtype, device ?? data.device);

    /// <summary>Reads the array's bytes as numbers of the given type: a copy, in one dimension.</summary>
    /// <param name="rawArray">An array of numbers of any type.</param>
    /// <param name="dtype">What its bytes stand for.</param>
    /// <param name="count">How many numbers; all that fit if negative.</param>
    /// <param name="offset">Bytes to skip at the front.</param>
    /// <param name="requires_grad">Whether gradients are kept for it.</param>
    public static Tensor frombuffer(
        Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        ReadOnlySpan<byte> bytes = Bytes(rawArray)[(int)offset..];
        int width = dtype.ElementSize();
        long numbers = count < 0 ? bytes.Length / width : count;
        Tensor tensor = empty([numbers], dtype);
        bytes[..(int)(numbers * width)].CopyTo(tensor.bytes);
        return tensor.Finish(requires_grad);
    }

    private static Tensor CopyAny(Array array)
    {
        long[] shape = [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];
        Type element = array.GetType().GetElementType()!;
        return Type.GetTypeCode(element) switch
        {
            TypeCode.Boolean => CopyAs<bool>(array, shape),
            TypeCode.Byte => CopyAs<byte>(array, shape),
            TypeCode.SByte => CopyAs<sbyte>(array, shape),
            TypeCode.Int16 => CopyAs<short>(array, shape),
            TypeCode.Int32 => CopyAs<int>(array, shape),
            TypeCode.Int64 => CopyAs<long>(array, shape),
            TypeCode.Single => CopyAs<float>(array, shape),
            TypeCode.Double => CopyAs<double>(array, shape),
            _ when element == typeof(Half) => CopyAs<Half>(array, shape),
            _ when element == typeof(BFloat16) => CopyAs<BFloat16>(array, shape),
            _ => throw new ArgumentException($"{array.GetType().Name} holds no element type of tensors"),
        };
    }

    private static Tensor CopyAs<T>(Array array, long[] shape) where T : unmanaged =>
        Memory.Copy<T>(MemoryMarshal.Cast<byte, T>(Bytes(array)), shape, Memory.TypeOf<T>());

    private static Span<byte> Bytes(Array array)
    {
        Type element = array.GetType().GetElementType()!;
        int width = element == typeof(bool) ? 1 : Marshal.SizeOf(element);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), array.Length * width);
    }
}
