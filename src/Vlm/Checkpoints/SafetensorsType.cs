using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>An element type as safetensors spells it.</summary>
/// <param name="Name">The spelling in the header.</param>
/// <param name="Size">Bytes of one element.</param>
/// <param name="Torch">
/// The engine's type, or null where it has none: such tensors are listed but cannot be loaded.
/// </param>
public sealed record SafetensorsType(string Name, int Size, torch.ScalarType? Torch)
{
    /// <summary>All types, widest first: the order in which tensors lie in a file.</summary>
    public static IReadOnlyList<SafetensorsType> All { get; } =
    [
        new("U64", 8, null), new("I64", 8, torch.ScalarType.Int64), new("F64", 8, torch.ScalarType.Float64),
        new("F32", 4, torch.ScalarType.Float32), new("U32", 4, null), new("I32", 4, torch.ScalarType.Int32),
        new("BF16", 2, torch.ScalarType.BFloat16), new("F16", 2, torch.ScalarType.Float16), new("U16", 2, null),
        new("I16", 2, torch.ScalarType.Int16),
        new("F8_E4M3", 1, null), new("F8_E5M2", 1, null), new("I8", 1, torch.ScalarType.Int8),
        new("U8", 1, torch.ScalarType.Byte), new("BOOL", 1, torch.ScalarType.Bool),
    ];

    /// <summary>The type of this spelling, or null.</summary>
    public static SafetensorsType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>How a tensor of the engine's type is stored.</summary>
    /// <exception cref="ArgumentException">The format has no such type.</exception>
    public static SafetensorsType Of(torch.ScalarType type) =>
        All.FirstOrDefault(known => known.Torch == type)
        ?? throw new ArgumentException($"safetensors has no type for {type}", nameof(type));
}

/// <summary>Where one tensor lies in a file.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes of the dimensions; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the beginning of the file.</param>
/// <param name="Length">Bytes: product of the shape times the element's size.</param>
public sealed record SafetensorsEntry(SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long Length);
