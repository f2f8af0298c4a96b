using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Engine;

/// <summary>Functions TorchSharp has only as modules, or not at all.</summary>
public static class Functional
{
    private static readonly Operator s_embedding = new("aten::embedding");
    private static readonly Operator s_renormalise = new("aten::embedding_renorm_");
    private static readonly Operator s_select = new("aten::select", "int");
    private static readonly Operator s_zero = new("aten::zero_");

    /// <summary>weight [entries, width], ids [...] -> [..., width].</summary>
    public static torch.Tensor Embedding(torch.Tensor weight, torch.Tensor ids) => s_embedding.Call(weight, ids);

    /// <summary>GELU by the hyperbolic tangent, as SigLIP uses it.</summary>
    public static torch.Tensor GeluTanh(torch.Tensor x) => torch.nn.functional.gelu(x, GELU.Approximate.tanh);

    internal static torch.Tensor Embedding(torch.Tensor weight, torch.Tensor ids, EmbeddingOptions options)
    {
        if (options.MaxNorm is { } most)
        {
            using IDisposable quiet = torch.no_grad();
            s_renormalise.CallInPlace(weight, weight, ids, most, options.NormType);
        }
        long padding = options.PaddingRow is not { } row ? -1 : row < 0 ? row + weight.size(0) : row;
        return s_embedding.Call(weight, ids, padding, options.ScaleByFrequency, options.Sparse);
    }

    internal static void ZeroRow(torch.Tensor weight, long row)
    {
        using IDisposable quiet = torch.no_grad();
        using torch.Tensor view = s_select.Call(weight, 0L, row);
        s_zero.CallInPlace(view, view);
    }
}

/// <param name="PaddingRow">Gets no gradient.</param>
/// <param name="MaxNorm">Rows in use are scaled down to this norm.</param>
/// <param name="NormType">The p of that norm.</param>
/// <param name="ScaleByFrequency">Divides a row's gradient by how often it was read.</param>
/// <param name="Sparse">The gradient holds only the rows that were read.</param>
internal sealed record EmbeddingOptions(
    long? PaddingRow, double? MaxNorm, double NormType, bool ScaleByFrequency, bool Sparse);
