using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Types of a tensor's elements, under the numbers that ONNX gives them (TensorProto.DataType).</summary>
public enum OnnxElement
{
    /// <summary>No type that is named here.</summary>
    Unknown = 0,

    /// <summary>4 bytes.</summary>
    Float32 = 1,

    /// <summary>1 byte, 0 to 255.</summary>
    UInt8 = 2,

    /// <summary>1 byte, -128 to 127.</summary>
    Int8 = 3,

    /// <summary>4 bytes.</summary>
    Int32 = 6,

    /// <summary>8 bytes.</summary>
    Int64 = 7,

    /// <summary>1 byte, 0 or 1.</summary>
    Bool = 9,

    /// <summary>2 bytes.</summary>
    Float16 = 10,

    /// <summary>8 bytes.</summary>
    Float64 = 11,

    /// <summary>2 bytes: the upper half of a float32.</summary>
    BFloat16 = 16,
}

/// <summary>One type under its three names.</summary>
internal static class OnnxElements
{
    private static readonly (OnnxElement Onnx, ScalarType Torch, Type? Managed, string Name, int Size)[] s_all =
    [
        (OnnxElement.Float32, ScalarType.Float32, typeof(float), "float32", 4),
        (OnnxElement.UInt8, ScalarType.Byte, typeof(byte), "uint8", 1),
        (OnnxElement.Int8, ScalarType.Int8, typeof(sbyte), "int8", 1),
        (OnnxElement.Int32, ScalarType.Int32, typeof(int), "int32", 4),
        (OnnxElement.Int64, ScalarType.Int64, typeof(long), "int64", 8),
        (OnnxElement.Bool, ScalarType.Bool, typeof(bool), "bool", 1),
        (OnnxElement.Float16, ScalarType.Float16, typeof(Half), "float16", 2),
        (OnnxElement.Float64, ScalarType.Float64, typeof(double), "float64", 8),
        (OnnxElement.BFloat16, ScalarType.BFloat16, null, "bfloat16", 2),
    ];

    internal static OnnxElement Of(ScalarType type) => s_all.FirstOrDefault(row => row.Torch == type) is { Size: > 0 } row
        ? row.Onnx
        : throw new ArgumentException($"ONNX has no tensors of {type}");

    internal static OnnxElement Of<T>() where T : unmanaged =>
        s_all.FirstOrDefault(row => row.Managed == typeof(T)) is { Size: > 0 } row
            ? row.Onnx
            : throw new ArgumentException($"ONNX has no tensors of {typeof(T).Name}");

    internal static OnnxElement Of(int number) => s_all.FirstOrDefault(row => (int)row.Onnx == number).Onnx;

    internal static ScalarType Torch(this OnnxElement type) => Row(type).Torch;

    internal static string Name(this OnnxElement type) => type == OnnxElement.Unknown ? "unknown" : Row(type).Name;

    internal static int Size(this OnnxElement type) => Row(type).Size;

    private static (OnnxElement Onnx, ScalarType Torch, Type? Managed, string Name, int Size) Row(OnnxElement type) =>
        s_all.First(row => row.Onnx == type);
}
