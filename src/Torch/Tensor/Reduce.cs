using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Many numbers in, fewer out.
    public partial class Tensor
    {
        private static readonly Operator s_mean = new("aten::mean");
        private static readonly Operator s_max = new("aten::max");
        private static readonly Operator s_min = new("aten::min");
        private static readonly Operator s_median = new("aten::median");
        private static readonly Operator s_nansum = new("aten::nansum");
        private static readonly Operator s_nanmedian = new("aten::nanmedian");
        private static readonly Operator s_any = new("aten::any");
        private static readonly Operator s_all = new("aten::all");
        private static readonly Operator s_trace = new("aten::trace");
        private static readonly Operator s_argmax = new("aten::argmax");
        private static readonly Operator s_argmin = new("aten::argmin");
        private static readonly Operator s_sum = new("aten::sum");
        private static readonly Operator s_sumDimIntList = new("aten::sum", "dim_IntList");
        private static readonly Operator s_meanDim = new("aten::mean", "dim");
        private static readonly Operator s_prod = new("aten::prod");
        private static readonly Operator s_prodDimInt = new("aten::prod", "dim_int");
        private static readonly Operator s_maxDim = new("aten::max", "dim");
        private static readonly Operator s_minDim = new("aten::min", "dim");
        private static readonly Operator s_amax = new("aten::amax");
        private static readonly Operator s_amin = new("aten::amin");
        private static readonly Operator s_aminmax = new("aten::aminmax");
        private static readonly Operator s_anyDim = new("aten::any", "dim");
        private static readonly Operator s_allDim = new("aten::all", "dim");
        private static readonly Operator s_normScalar = new("aten::norm", "Scalar");
        private static readonly Operator s_normScalarOptDim = new("aten::norm", "ScalarOpt_dim");
        private static readonly Operator s_logsumexp = new("aten::logsumexp");
        private static readonly Operator s_countNonzeroDimIntList = new("aten::count_nonzero", "dim_IntList");
        private static readonly Operator s_quantile = new("aten::quantile");
        private static readonly Operator s_dist = new("aten::dist");

        public Tensor mean() => s_mean.Call(this);

        public Tensor max() => s_max.Call(this);

        public Tensor min() => s_min.Call(this);

        public Tensor median() => s_median.Call(this);

        public Tensor nansum() => s_nansum.Call(this);

        public Tensor nanmedian() => s_nanmedian.Call(this);

        public Tensor any() => s_any.Call(this);

        public Tensor all() => s_all.Call(this);

        public Tensor trace() => s_trace.Call(this);

        public Tensor argmax() => s_argmax.Call(this);

        public Tensor argmin() => s_argmin.Call(this);

        public Tensor sum(ScalarType? type = null) => s_sum.Call(this, NotDimension(type));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            s_sumDimIntList.Call(this, dim, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) =>
            s_sumDimIntList.Call(this, (long[])[dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            s_sumDimIntList.Call(this, (long[])[dim0, dim1, dim2], keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            s_sumDimIntList.Call(this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            s_sumDimIntList.Call(this, dim.ToArray(), keepdim, type);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            s_meanDim.Call(this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => s_prod.Call(this, NotDimension(type));

        /// <summary>C# takes a bare 0 for the element type numbered 0, not for a dimension.</summary>
        private static ScalarType? NotDimension(ScalarType? type) => type != ScalarType.Byte
            ? type
            : throw new ArgumentException("this asks for a total in bytes; for dimension 0 write dim: 0", nameof(type));

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            s_prodDimInt.Call(this, dim, keepdim, type);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            s_maxDim.CallPair(this, dim, keepdim);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            s_minDim.CallPair(this, dim, keepdim);

        public Tensor amax(params long[] dims) => s_amax.Call(this, dims);

        public Tensor amin(params long[] dims) => s_amin.Call(this, dims);

        public (Tensor, Tensor) aminmax(long? dim = null, bool keepdim = false) =>
            s_aminmax.CallPair(this, dim, keepdim);

        public Tensor argmax(long dim, bool keepdim = false) => s_argmax.Call(this, dim, keepdim);

        public Tensor argmin(long dim, bool keepdim = false) => s_argmin.Call(this, dim, keepdim);

        public Tensor any(long dim, bool keepdim = false) => s_anyDim.Call(this, dim, keepdim);

        public Tensor all(long dim, bool keepdim = false) => s_allDim.Call(this, dim, keepdim);

        public Tensor norm(float p = 2) => s_normScalar.Call(this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            s_normScalarOptDim.Call(this, p, dim, keepdim);

        public Tensor logsumexp(long dim, bool keepdim = false) => s_logsumexp.Call(this, dim, keepdim);

        public Tensor count_nonzero(long[]? dims = null) => s_countNonzeroDimIntList.Call(this, dims ?? []);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => s_quantile.Call(this, q, dim, keepdim);

        public Tensor dist(Tensor other, float p = 2) => s_dist.Call(this, other, p);
    }
}
