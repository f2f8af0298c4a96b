using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>A tensor on its way into a file: what the header says of it, and where its values come from when their turn comes.</summary>
/// <param name="Name">Under which it is stored.</param>
/// <param name="Type">In which it is stored; values of another type are converted piece by piece.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Value">The values, of any type, device and layout; what it makes is freed when it is written.</param>
public sealed record SavedTensor(
    string Name, torch.ScalarType Type, IReadOnlyList<long> Shape, Func<torch.Tensor> Value)
{
    /// <summary>Bytes in the file.</summary>
    public long Bytes { get; } =
        Shape.Aggregate(1L, (product, size) => checked(product * size)) * SafetensorsType.Of(Type).Size;

    /// <summary>A tensor that exists, stored in its own type or in the one given.</summary>
    public static SavedTensor Of(string name, torch.Tensor value, torch.ScalarType? dtype = null) =>
        new(name, dtype ?? value.dtype, value.shape, () => value);
}
