using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    // C# numbers and arrays become tensors on their own; tensors of one element become numbers when asked to.
    public partial class Tensor
    {
        public static implicit operator Tensor(bool value) => tensor(value);

        public static implicit operator Tensor(byte value) => tensor(value);

        public static implicit operator Tensor(sbyte value) => tensor(value);

        public static implicit operator Tensor(short value) => tensor(value);

        public static implicit operator Tensor(int value) => tensor(value);

        public static implicit operator Tensor(long value) => tensor(value);

        public static implicit operator Tensor(float value) => tensor(value);

        public static implicit operator Tensor(double value) => tensor(value);

        public static implicit operator Tensor(Scalar scalar) => full([], scalar, scalar.Type);

        public static implicit operator Tensor(bool[] value) => tensor(value);

        public static implicit operator Tensor(byte[] value) => tensor(value);

        public static implicit operator Tensor(sbyte[] value) => tensor(value);

        public static implicit operator Tensor(short[] value) => tensor(value);

        public static implicit operator Tensor(int[] value) => tensor(value);

        public static implicit operator Tensor(long[] value) => tensor(value);

        public static implicit operator Tensor(float[] value) => tensor(value);

        public static implicit operator Tensor(double[] value) => tensor(value);

        public static explicit operator bool(Tensor value) => value.ToBoolean();

        public static explicit operator byte(Tensor value) => value.ToByte();

        public static explicit operator sbyte(Tensor value) => value.ToSByte();

        public static explicit operator short(Tensor value) => value.ToInt16();

        public static explicit operator int(Tensor value) => value.ToInt32();

        public static explicit operator long(Tensor value) => value.ToInt64();

        public static explicit operator float(Tensor value) => value.ToSingle();

        public static explicit operator double(Tensor value) => value.ToDouble();
    }
}

/// <summary>Numbers out of tensors of one element, whatever their type, and small helpers.</summary>
public static class TensorExtensionMethods
{
    public static bool ToBoolean(this torch.Tensor value) => value.Number() != 0;

    public static byte ToByte(this torch.Tensor value) => (byte)value.Integer();

    public static sbyte ToSByte(this torch.Tensor value) => (sbyte)value.Integer();

    public static short ToInt16(this torch.Tensor value) => (short)value.Integer();

    public static int ToInt32(this torch.Tensor value) => (int)value.Integer();

    public static long ToInt64(this torch.Tensor value) => value.Integer();

    public static Half ToHalf(this torch.Tensor value) => (Half)value.Number();

    public static BFloat16 ToBFloat16(this torch.Tensor value) => new((float)value.Number());

    public static float ToSingle(this torch.Tensor value) => (float)value.Number();

    public static double ToDouble(this torch.Tensor value) => value.Number();

    /// <summary>The tensor's shape, type and numbers.</summary>
    public static string str(
        this torch.Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null,
        CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default) =>
        tensor.ToString(style, fltFormat, width, cultureInfo, newLine);

    public static string npstr(
        this torch.Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null,
        CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);

    /// <summary>Bytes of one element.</summary>
    public static int ElementSize(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Bool
            or torch.ScalarType.QInt8 or torch.ScalarType.QUInt8 => 1,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 or torch.ScalarType.QInt32 => 4,
        torch.ScalarType.Int64 or torch.ScalarType.Float64 or torch.ScalarType.ComplexFloat32 => 8,
        torch.ScalarType.ComplexFloat64 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no element type of tensors"),
    };

    /// <summary>The product of the sizes.</summary>
    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (total, size) => total * size);

    /// <summary>A tensor of one number.</summary>
    public static torch.Tensor ToTensor<T>(
        this T scalar, torch.Device? device = null, bool requires_grad = false) where T : unmanaged =>
        ToTensor([scalar], []).to(device ?? torch.CPU, disposeAfter: true).requires_grad_(requires_grad);

    /// <summary>A tensor of a copy of the array's numbers.</summary>
    public static torch.Tensor ToTensor<T>(
        this T[] rawArray, long[] dimensions, bool doCopy = false, bool requires_grad = false) where T : unmanaged =>
        Vlm.Engine.Memory.Copy<T>(rawArray, dimensions, Vlm.Engine.Memory.TypeOf<T>())
            .requires_grad_(requires_grad);
}
