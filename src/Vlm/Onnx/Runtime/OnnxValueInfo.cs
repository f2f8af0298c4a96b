using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Runtime;

/// <summary>One axis of what a graph takes or gives.</summary>
/// <param name="Size">A fixed number of elements; null where it is free.</param>
/// <param name="Name">The name of a free axis, such as <c>batch_size</c>; empty where it has none.</param>
internal readonly record struct OnnxAxis(long? Size, string Name)
{
    /// <summary>The number, the name, or a question mark.</summary>
    public override string ToString() =>
        Size?.ToString(CultureInfo.InvariantCulture) ?? (Name.Length > 0 ? Name : "?");
}

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">Its axes, outermost first; none for a scalar.</param>
internal sealed record OnnxValueInfo(string Name, OnnxType Element, IReadOnlyList<OnnxAxis> Shape)
{
    /// <summary>As in <c>float [batch_size, 2, past_sequence_length, 16]</c>.</summary>
    public string Type => $"{Element} [{string.Join(", ", Shape)}]";

    /// <summary>What the package says of it.</summary>
    public static OnnxValueInfo Of(string name, NodeMetadata said) => !said.IsTensor ? new(name, default, [])
        : new(name, (OnnxType)said.ElementDataType, [.. said.Dimensions.Zip(said.SymbolicDimensions,
            (size, axis) => new OnnxAxis(size < 0 ? null : size, axis))]);
}
