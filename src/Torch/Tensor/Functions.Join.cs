using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Several tensors in, one out.
    private static readonly Operator s_cat = new("aten::cat");
    private static readonly Operator s_stack = new("aten::stack");
    private static readonly Operator s_hstack = new("aten::hstack");
    private static readonly Operator s_vstack = new("aten::vstack");
    private static readonly Operator s_dstack = new("aten::dstack");
    private static readonly Operator s_columnStack = new("aten::column_stack");
    private static readonly Operator s_einsum = new("aten::einsum");
    private static readonly Operator s_meshgrid = new("aten::meshgrid", "indexing");
    private static readonly Operator s_blockDiag = new("aten::block_diag");
    private static readonly Operator s_cartesianProd = new("aten::cartesian_prod");
    private static readonly Operator s_broadcastTensors = new("aten::broadcast_tensors");
    private static readonly Operator s_searchsorted = new("aten::searchsorted", "Tensor");

    /// <summary>The tensors one after another along a dimension they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => s_cat.Call(List(tensors), dim);

    public static Tensor cat(Tensor[] tensors, long dim = 0) => s_cat.Call(tensors, dim);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => s_cat.Call(tensors.ToArray(), dim);

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>The tensors side by side in a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => s_stack.Call(List(tensors), dim);

    public static Tensor hstack(params Tensor[] tensors) => s_hstack.Call(tensors);

    public static Tensor hstack(IList<Tensor> tensors) => s_hstack.Call(List(tensors));

    public static Tensor vstack(Tensor[] tensors) => s_vstack.Call(tensors);

    public static Tensor vstack(IList<Tensor> tensors) => s_vstack.Call(List(tensors));

    public static Tensor dstack(params Tensor[] tensors) => s_dstack.Call(tensors);

    public static Tensor column_stack(params Tensor[] tensors) => s_columnStack.Call(tensors);

    public static Tensor block_diag(params Tensor[] tensors) => s_blockDiag.Call(tensors);

    public static Tensor cartesian_prod(params Tensor[] tensors) => s_cartesianProd.Call(tensors);

    public static IList<Tensor> broadcast_tensors(params Tensor[] tensors) => s_broadcastTensors.CallList(tensors);

    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        s_meshgrid.CallList(List(tensors), indexing);

    /// <summary>Sums of products over named dimensions, as in "bij,bjk->bik".</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors) => s_einsum.Call(equation, tensors);

    /// <summary>Where each value would go in a sorted sequence.</summary>
    public static Tensor searchsorted(
        Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        s_searchsorted.Call(sorted_sequence, values, out_int32, right, Argument.None, sorter);

    private static Argument List(IEnumerable<Tensor> tensors) => tensors as Tensor[] ?? [.. tensors];
}
