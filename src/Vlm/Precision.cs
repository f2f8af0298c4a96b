using TorchSharp;

namespace Vlm;

/// <summary>How the numbers of a model are kept.</summary>
public enum Precision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits with the range of 32.</summary>
    BFloat16,

    /// <summary>16 bits with more digits, and up to 65,504.</summary>
    Float16,
}

/// <summary>Precisions as the engine knows them.</summary>
public static class Precisions
{
    /// <summary>The engine's type.</summary>
    public static torch.ScalarType ScalarType(this Precision precision) => precision switch
    {
        Precision.BFloat16 => torch.ScalarType.BFloat16,
        Precision.Float16 => torch.ScalarType.Float16,
        _ => torch.ScalarType.Float32,
    };
}
