using System.Globalization;

namespace Vlm.Onnx.Runtime;

/// <summary>One axis of what a graph takes or gives.</summary>
/// <param name="Size">A fixed number of elements; null where it is free.</param>
/// <param name="Name">The name of a free axis, such as <c>batch_size</c>; empty where it has none.</param>
public readonly record struct OnnxAxis(long? Size, string Name)
{
    /// <summary>The number, the name, or a question mark.</summary>
    public override string ToString() =>
        Size?.ToString(CultureInfo.InvariantCulture) ?? (Name.Length > 0 ? Name : "?");
}

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">Its axes, outermost first; none for a scalar.</param>
public sealed record OnnxValueInfo(string Name, OnnxElement Element, IReadOnlyList<OnnxAxis> Shape)
{
    /// <summary>As in <c>float32 [batch_size, 2, past_sequence_length, 16]</c>.</summary>
    public string Type => $"{Element.Name()} [{string.Join(", ", Shape)}]";

    /// <summary>Whether a tensor can be given here: its type, its number of axes, and each fixed axis.</summary>
    internal bool Takes(OnnxElement element, IReadOnlyList<long> shape) =>
        element == Element && shape.Count == Shape.Count
        && Shape.Zip(shape).All(axis => axis.First.Size is not { } size || size == axis.Second);
}
