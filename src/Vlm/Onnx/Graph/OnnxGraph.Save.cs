using Vlm.Onnx.Graph.Proto;

namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    /// <summary>The operator set of the standard domain.</summary>
    public const int OperatorSet = 17;

    /// <summary>The version of the file format.</summary>
    public const int FileFormat = 8;

    /// <summary>Writes the model: complete, or not at all.</summary>
    /// <param name="path">Ends in <c>.onnx</c>. Replaced where it exists; its folder must exist.</param>
    /// <param name="external">
    /// Whether weights go into <c>NAME.onnx_data</c> beside it; if null, only where one file would be too large.
    /// </param>
    /// <returns>The files that were written; the weights' files must stay beside the first.</returns>
    public OnnxFiles Save(string path, bool? external = null) => OnnxFile.Write(path, this, external);

    internal IReadOnlyList<OnnxInitializer> Initializers => _initializers;

    internal ModelProto Header()
    {
        var model = new ModelProto
        {
            IrVersion = FileFormat,
            ProducerName = "vlm",
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OperatorSet } },
        };
        foreach ((string key, string value) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    internal GraphProto Body() => new()
    {
        Name = Name,
        Node = { _nodes.Select(node => node.Proto()) },
        Input = { _inputs.Select(Declaration) },
        Output = { _outputs.Select(Declaration) },
    };

    private static ValueInfoProto Declaration(OnnxValue value) => new()
    {
        Name = value.Name.Text,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)value.Type,
                Shape = new TensorShapeProto { Dim = { value.Shape.Select(Dimension) } },
            },
        },
    };

    private static TensorShapeProto.Types.Dimension Dimension(OnnxDim dim) =>
        dim.Size is { } size ? new() { DimValue = size }
        : dim.Name is { } name ? new() { DimParam = name }
        : new();
}
