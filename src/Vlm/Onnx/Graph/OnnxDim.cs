using System.Globalization;

namespace Vlm.Onnx.Graph;

/// <summary>One dimension of a value: a number, a name whose number is known when the graph runs, or neither.</summary>
/// <remarks>
/// Two names are the same size only if they are the same name; a dimension with neither may have any size, and what is
/// known of it is said by <see cref="OnnxGraph.Assume"/>.
/// </remarks>
/// <param name="Size">The number, or null.</param>
/// <param name="Name">The name, such as <c>batch_size</c>, or null.</param>
public readonly record struct OnnxDim(long? Size, string? Name)
{
    /// <summary>Any size. In <see cref="OnnxGraph.Reshape(OnnxValue, OnnxDim[])"/>: what is left over.</summary>
    public static OnnxDim Unknown => default;

    /// <summary>Whether neither number nor name is known.</summary>
    public bool IsUnknown => Size is null && Name is null;

    /// <summary>A fixed size; -1 is <see cref="Unknown"/>.</summary>
    public static implicit operator OnnxDim(long size) => FromInt64(size);

    /// <summary>A named size.</summary>
    public static implicit operator OnnxDim(string name) => new(null, name);

    /// <summary>A fixed size; -1 is <see cref="Unknown"/>.</summary>
    public static OnnxDim FromInt64(long size) => size == -1 ? Unknown : size >= 0
        ? new(size, null)
        : throw new ArgumentOutOfRangeException(nameof(size), size, "a dimension has at least size 0");

    /// <summary>The number, the name, or a question mark.</summary>
    public override string ToString() => Size?.ToString(CultureInfo.InvariantCulture) ?? Name ?? "?";

    // The size of two after one another.
    internal OnnxDim Plus(OnnxDim other) =>
        Size is { } a && other.Size is { } b ? a + b
        : IsUnknown || other.IsUnknown ? Unknown
        : Size == 0 ? other : other.Size == 0 ? this : $"{this} + {other}";

    // Whether both may be the same size; a name is only itself.
    internal bool Fits(OnnxDim other) => IsUnknown || other.IsUnknown || this == other;

    // What is known of either.
    internal OnnxDim Or(OnnxDim other) => IsUnknown ? other : this;
}
