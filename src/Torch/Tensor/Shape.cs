using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // The same numbers in another shape.
    public partial class Tensor
    {
        private static readonly Operator s_reshape = new("aten::reshape");
        private static readonly Operator s_view = new("aten::view");
        private static readonly Operator s_viewAs = new("aten::view_as");
        private static readonly Operator s_expand = new("aten::expand");
        private static readonly Operator s_expandAs = new("aten::expand_as");
        private static readonly Operator s_broadcastTo = new("aten::broadcast_to");
        private static readonly Operator s_permute = new("aten::permute");
        private static readonly Operator s_transposeInt = new("aten::transpose", "int");
        private static readonly Operator s_transposeInPlace = new("aten::transpose_");
        private static readonly Operator s_swapaxes = new("aten::swapaxes");
        private static readonly Operator s_swapdims = new("aten::swapdims");
        private static readonly Operator s_movedimIntlist = new("aten::movedim", "intlist");
        private static readonly Operator s_moveaxisIntlist = new("aten::moveaxis", "intlist");
        private static readonly Operator s_t = new("aten::t");
        private static readonly Operator s_contiguous = new("aten::contiguous");
        private static readonly Operator s_ravel = new("aten::ravel");
        private static readonly Operator s_adjoint = new("aten::adjoint");
        private static readonly Operator s_fliplr = new("aten::fliplr");
        private static readonly Operator s_flipud = new("aten::flipud");
        private static readonly Operator s_detach = new("aten::detach");
        private static readonly Operator s_detachInPlace = new("aten::detach_");
        private static readonly Operator s_clone = new("aten::clone");
        private static readonly Operator s_unsqueeze = new("aten::unsqueeze");
        private static readonly Operator s_unsqueezeInPlace = new("aten::unsqueeze_");
        private static readonly Operator s_flattenUsingInts = new("aten::flatten", "using_ints");
        private static readonly Operator s_unflattenInt = new("aten::unflatten", "int");
        private static readonly Operator s_unfold = new("aten::unfold");
        private static readonly Operator s_asStrided = new("aten::as_strided");
        private static readonly Operator s_repeat = new("aten::repeat");
        private static readonly Operator s_tile = new("aten::tile");
        private static readonly Operator s_repeatInterleaveSelfInt = new("aten::repeat_interleave", "self_int");
        private static readonly Operator s_repeatInterleaveSelfTensor = new("aten::repeat_interleave", "self_Tensor");
        private static readonly Operator s_roll = new("aten::roll");
        private static readonly Operator s_flip = new("aten::flip");
        private static readonly Operator s_tril = new("aten::tril");
        private static readonly Operator s_trilInPlace = new("aten::tril_");
        private static readonly Operator s_triu = new("aten::triu");
        private static readonly Operator s_triuInPlace = new("aten::triu_");
        private static readonly Operator s_diag = new("aten::diag");
        private static readonly Operator s_diagEmbed = new("aten::diag_embed");
        private static readonly Operator s_diagonal = new("aten::diagonal");
        private static readonly Operator s_setSourceTensorInPlace = new("aten::set_", "source_Tensor");

        public Tensor reshape(params long[] shape) => s_reshape.Call(this, shape);

        public Tensor view(params long[] shape) => s_view.Call(this, shape);

        public Tensor view_as(Tensor other) => s_viewAs.Call(this, other);

        public Tensor expand(params long[] sizes) => s_expand.Call(this, sizes);

        public Tensor expand(long[] sizes, bool isImplicit = false) => s_expand.Call(this, sizes, isImplicit);

        public Tensor expand_as(Tensor other) => s_expandAs.Call(this, other);

        public Tensor broadcast_to(params long[] shape) => s_broadcastTo.Call(this, shape);

        public Tensor permute(params long[] permutation) => s_permute.Call(this, permutation);

        public Tensor transpose(long dim0, long dim1) => s_transposeInt.Call(this, dim0, dim1);

        public Tensor transpose_(long dim0, long dim1) => s_transposeInPlace.CallInPlace(this, this, dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => s_swapaxes.Call(this, dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => s_swapdims.Call(this, dim0, dim1);

        public Tensor movedim(long[] source, long[] destination) => s_movedimIntlist.Call(this, source, destination);

        public Tensor moveaxis(long[] source, long[] destination) => s_moveaxisIntlist.Call(this, source, destination);

        public Tensor t() => s_t.Call(this);

        public Tensor contiguous() => s_contiguous.Call(this);

        public Tensor ravel() => s_ravel.Call(this);

        public Tensor adjoint() => s_adjoint.Call(this);

        public Tensor fliplr() => s_fliplr.Call(this);

        public Tensor flipud() => s_flipud.Call(this);

        public Tensor detach() => s_detach.Call(this);

        public Tensor detach_() => s_detachInPlace.CallInPlace(this, this);

        public Tensor clone() => s_clone.Call(this);

        public Tensor unsqueeze(long dim) => s_unsqueeze.Call(this, dim);

        public Tensor unsqueeze_(long dim) => s_unsqueezeInPlace.CallInPlace(this, this, dim);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            s_flattenUsingInts.Call(this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes) => s_unflattenInt.Call(this, dim, sizes);

        public Tensor unfold(long dimension, long size, long step) => s_unfold.Call(this, dimension, size, step);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            s_asStrided.Call(this, size, strides, storageOffset);

        public Tensor repeat(params long[] sizes) => s_repeat.Call(this, sizes);

        public Tensor tile(long[] reps) => s_tile.Call(this, reps);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            s_repeatInterleaveSelfInt.Call(this, repeats, dim, output_size);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            s_repeatInterleaveSelfTensor.Call(this, repeats, dim, output_size);

        public Tensor roll(long shifts, long? dims = null) =>
            s_roll.Call(this, shifts, dims is { } dim ? (long[])[dim] : []);

        public Tensor roll(long[] shifts, long[] dims) => s_roll.Call(this, shifts, dims);

        public Tensor flip(params long[] dims) => s_flip.Call(this, dims);

        public Tensor tril(long diagonal = 0) => s_tril.Call(this, diagonal);

        public Tensor tril_(long diagonal = 0) => s_trilInPlace.CallInPlace(this, this, diagonal);

        public Tensor triu(long diagonal = 0) => s_triu.Call(this, diagonal);

        public Tensor triu_(long diagonal = 0) => s_triuInPlace.CallInPlace(this, this, diagonal);

        public Tensor diag(long diagonal = 0) => s_diag.Call(this, diagonal);

        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) =>
            s_diagEmbed.Call(this, offset, dim1, dim2);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) =>
            s_diagonal.Call(this, offset, dim1, dim2);

        public Tensor set_(Tensor source) => s_setSourceTensorInPlace.CallInPlace(this, this, source);
    }
}
