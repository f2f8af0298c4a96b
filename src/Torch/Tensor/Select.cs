using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Numbers read from, or written to, chosen places.
    public partial class Tensor
    {
        private static readonly Operator s_narrow = new("aten::narrow");
        private static readonly Operator s_selectInt = new("aten::select", "int");
        private static readonly Operator s_sliceTensor = new("aten::slice", "Tensor");
        private static readonly Operator s_gather = new("aten::gather");
        private static readonly Operator s_scatterSrc = new("aten::scatter", "src");
        private static readonly Operator s_scatterSrcInPlace = new("aten::scatter_", "src");
        private static readonly Operator s_scatterAdd = new("aten::scatter_add");
        private static readonly Operator s_scatterAddInPlace = new("aten::scatter_add_");
        private static readonly Operator s_indexSelect = new("aten::index_select");
        private static readonly Operator s_indexAdd = new("aten::index_add");
        private static readonly Operator s_indexAddInPlace = new("aten::index_add_");
        private static readonly Operator s_indexCopy = new("aten::index_copy");
        private static readonly Operator s_indexCopyInPlace = new("aten::index_copy_");
        private static readonly Operator s_indexFillIntScalar = new("aten::index_fill", "int_Scalar");
        private static readonly Operator s_indexFillIntScalarInPlace = new("aten::index_fill_", "int_Scalar");
        private static readonly Operator s_take = new("aten::take");
        private static readonly Operator s_takeAlongDim = new("aten::take_along_dim");
        private static readonly Operator s_maskedSelect = new("aten::masked_select");
        private static readonly Operator s_maskedFillScalar = new("aten::masked_fill", "Scalar");
        private static readonly Operator s_maskedFillScalarInPlace = new("aten::masked_fill_", "Scalar");
        private static readonly Operator s_maskedScatter = new("aten::masked_scatter");
        private static readonly Operator s_maskedScatterInPlace = new("aten::masked_scatter_");
        private static readonly Operator s_nonzero = new("aten::nonzero");
        private static readonly Operator s_argwhere = new("aten::argwhere");
        private static readonly Operator s_fillScalarInPlace = new("aten::fill_", "Scalar");
        private static readonly Operator s_zeroInPlace = new("aten::zero_");
        private static readonly Operator s_copyInPlace = new("aten::copy_");

        public Tensor narrow(long dim, long start, long length) => s_narrow.Call(this, dim, start, length);

        public Tensor select(long dim, long index) => s_selectInt.Call(this, dim, index);

        public Tensor slice(long dim, long start, long finish, long step) =>
            s_sliceTensor.Call(this, dim, start, finish, step);

        public Tensor gather(long dim, Tensor index) => s_gather.Call(this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) => s_scatterSrc.Call(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) =>
            s_scatterSrcInPlace.CallInPlace(this, this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => s_scatterAdd.Call(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) =>
            s_scatterAddInPlace.CallInPlace(this, this, dim, index, src);

        public Tensor index_select(long dim, Tensor index) => s_indexSelect.Call(this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            s_indexAdd.Call(this, dim, index, source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            s_indexAddInPlace.CallInPlace(this, this, dim, index, source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) => s_indexCopy.Call(this, dim, index, source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            s_indexCopyInPlace.CallInPlace(this, this, dim, index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            s_indexFillIntScalar.Call(this, dim, index, value);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            s_indexFillIntScalarInPlace.CallInPlace(this, this, dim, index, value);

        public Tensor take(Tensor index) => s_take.Call(this, index);

        public Tensor take_along_dim(Tensor indices) => s_takeAlongDim.Call(this, indices);

        public Tensor take_along_dim(Tensor indices, long dim) => s_takeAlongDim.Call(this, indices, dim);

        public Tensor masked_select(Tensor mask) => s_maskedSelect.Call(this, mask);

        public Tensor masked_fill(Tensor mask, Scalar value) => s_maskedFillScalar.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) =>
            s_maskedFillScalarInPlace.CallInPlace(this, this, mask, value);

        public Tensor masked_scatter(Tensor mask, Tensor value) => s_maskedScatter.Call(this, mask, value);

        public Tensor masked_scatter_(Tensor mask, Tensor value) =>
            s_maskedScatterInPlace.CallInPlace(this, this, mask, value);

        public Tensor nonzero() => s_nonzero.Call(this);

        public Tensor argwhere() => s_argwhere.Call(this);

        public Tensor fill_(Scalar value) => s_fillScalarInPlace.CallInPlace(this, this, value);

        public Tensor zero_() => s_zeroInPlace.CallInPlace(this, this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) =>
            s_copyInPlace.CallInPlace(this, this, source, nonBlocking);
    }
}
