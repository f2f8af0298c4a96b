using TorchSharp;

namespace Vlm.Onnx.Graph;

/// <summary>A tensor on its way into a graph, asked for its values when the file is written.</summary>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Value">The values, of any type, device and layout; what it makes is freed when it is written.</param>
public sealed record OnnxWeight(IReadOnlyList<long> Shape, Func<torch.Tensor> Value)
{
    /// <summary>A tensor that exists and that lives until the file is written.</summary>
    public static implicit operator OnnxWeight(torch.Tensor value) => FromTensor(value);

    /// <summary>A tensor that exists and that lives until the file is written.</summary>
    public static OnnxWeight FromTensor(torch.Tensor value) => new(value.shape, () => value);

    /// <summary>Another tensor made from this one when its turn comes.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="change">Makes it.</param>
    public OnnxWeight To(IReadOnlyList<long> shape, Func<torch.Tensor, torch.Tensor> change) =>
        new(shape, () => change(Value()));
}
