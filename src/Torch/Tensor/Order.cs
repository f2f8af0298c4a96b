using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Order, running totals and shares along one dimension.
    public partial class Tensor
    {
        private static readonly Operator s_sortStable = new("aten::sort", "stable");
        private static readonly Operator s_argsort = new("aten::argsort");
        private static readonly Operator s_msort = new("aten::msort");
        private static readonly Operator s_topk = new("aten::topk");
        private static readonly Operator s_mode = new("aten::mode");
        private static readonly Operator s_uniqueConsecutive = new("aten::unique_consecutive");
        private static readonly Operator s_cumsum = new("aten::cumsum");
        private static readonly Operator s_cumprod = new("aten::cumprod");
        private static readonly Operator s_cummax = new("aten::cummax");
        private static readonly Operator s_cummin = new("aten::cummin");
        private static readonly Operator s_logcumsumexp = new("aten::logcumsumexp");
        private static readonly Operator s_bincount = new("aten::bincount");
        private static readonly Operator s_histc = new("aten::histc");
        private static readonly Operator s_bucketizeTensor = new("aten::bucketize", "Tensor");
        private static readonly Operator s_diff = new("aten::diff");
        private static readonly Operator s_softmaxInt = new("aten::softmax", "int");
        private static readonly Operator s_logSoftmaxInt = new("aten::log_softmax", "int");

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            s_sortStable.CallPair(this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) => s_argsort.Call(this, dim, descending);

        public Tensor msort() => s_msort.Call(this);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            s_topk.CallPair(this, k, dim, largest, sorted);

        public (Tensor, Tensor) mode(long dim = -1, bool keepdim = false) => s_mode.CallPair(this, dim, keepdim);

        public (Tensor, Tensor, Tensor) unique_consecutive(
            bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            s_uniqueConsecutive.CallTriple(this, return_inverse, return_counts, (long?)dim);

        public Tensor cumsum(long dim, ScalarType? type = null) => s_cumsum.Call(this, dim, type);

        public Tensor cumprod(long dim, ScalarType? type = null) => s_cumprod.Call(this, dim, type);

        public (Tensor, Tensor) cummax(long dim) => s_cummax.CallPair(this, dim);

        public (Tensor, Tensor) cummin(long dim) => s_cummin.CallPair(this, dim);

        public Tensor logcumsumexp(long dim) => s_logcumsumexp.Call(this, dim);

        public Tensor bincount(Tensor? weights, long minlength = 0) => s_bincount.Call(this, weights, minlength);

        public Tensor histc(long bins = 100, long min = 0, long max = 0) => s_histc.Call(this, bins, min, max);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            s_bucketizeTensor.Call(this, boundaries, outInt32, right);

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            s_diff.Call(this, n, dim, prepend, append);

        public Tensor softmax(long dim, ScalarType? dtype = null) => s_softmaxInt.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => s_logSoftmaxInt.Call(this, dim, dtype);
    }
}
