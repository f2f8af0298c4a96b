using TorchSharp;

namespace Vlm.Onnx.Graph;

/// <summary>Element types of the values in a graph; the numbers are those of the file format.</summary>
public enum OnnxType
{
    /// <summary>float32.</summary>
    Float = 1,

    /// <summary>Unsigned bytes.</summary>
    UInt8 = 2,

    /// <summary>Signed bytes.</summary>
    Int8 = 3,

    /// <summary>32-bit integers.</summary>
    Int32 = 6,

    /// <summary>64-bit integers.</summary>
    Int64 = 7,

    /// <summary>Truth values, a byte each.</summary>
    Bool = 9,

    /// <summary>float16.</summary>
    Float16 = 10,

    /// <summary>float64.</summary>
    Double = 11,

    /// <summary>The upper half of a float32. Values may be handed in so; no graph here computes in it.</summary>
    BFloat16 = 16,
}

internal static class OnnxTypes
{
    public static OnnxType Of(torch.ScalarType type) =>
        Enum.GetValues<OnnxType>().FirstOrDefault(own => own.Torch() == type) is var found && found != default ? found
            : throw new ArgumentException($"{type} has no place in a graph", nameof(type));

    public static bool IsFloat(this OnnxType type) => type is OnnxType.Float or OnnxType.Float16 or OnnxType.Double;

    public static bool IsNumber(this OnnxType type) => type != OnnxType.Bool;

    public static torch.ScalarType Torch(this OnnxType type) => type switch
    {
        OnnxType.Float => torch.ScalarType.Float32,
        OnnxType.Float16 => torch.ScalarType.Float16,
        OnnxType.Double => torch.ScalarType.Float64,
        OnnxType.UInt8 => torch.ScalarType.Byte,
        OnnxType.Int8 => torch.ScalarType.Int8,
        OnnxType.Int32 => torch.ScalarType.Int32,
        OnnxType.Int64 => torch.ScalarType.Int64,
        OnnxType.Bool => torch.ScalarType.Bool,
        OnnxType.BFloat16 => torch.ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no element type"),
    };

    public static int Size(this OnnxType type) => type switch
    {
        OnnxType.Double or OnnxType.Int64 => 8,
        OnnxType.Float or OnnxType.Int32 => 4,
        OnnxType.Float16 or OnnxType.BFloat16 => 2,
        _ => 1,
    };
}
