using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Variance and its root, each alone or with the mean.
    public partial class Tensor
    {
        private static readonly Operator s_std = new("aten::std");
        private static readonly Operator s_stdDim = new("aten::std", "dim");
        private static readonly Operator s_var = new("aten::var");
        private static readonly Operator s_varDim = new("aten::var", "dim");
        private static readonly Operator s_stdMean = new("aten::std_mean");
        private static readonly Operator s_stdMeanDim = new("aten::std_mean", "dim");
        private static readonly Operator s_varMean = new("aten::var_mean");
        private static readonly Operator s_varMeanDim = new("aten::var_mean", "dim");

        public Tensor std(bool unbiased = true) => s_std.Call(this, unbiased);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_stdDim.Call(this, (long[])[dim], unbiased, keepdim);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_stdDim.Call(this, dimensions, unbiased, keepdim);

        public Tensor var(bool unbiased = true) => s_var.Call(this, unbiased);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_varDim.Call(this, (long[])[dim], unbiased, keepdim);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_varDim.Call(this, dimensions, unbiased, keepdim);

        public (Tensor, Tensor) std_mean(bool unbiased = true) => s_stdMean.CallPair(this, unbiased);

        public (Tensor, Tensor) std_mean(
            long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_stdMeanDim.CallPair(this, (long[])[dim], unbiased, keepdim);

        public (Tensor, Tensor) std_mean(
            long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_stdMeanDim.CallPair(this, dimensions, unbiased, keepdim);

        public (Tensor, Tensor) var_mean(bool unbiased = true) => s_varMean.CallPair(this, unbiased);

        public (Tensor, Tensor) var_mean(
            long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_varMeanDim.CallPair(this, (long[])[dim], unbiased, keepdim);

        public (Tensor, Tensor) var_mean(
            long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            s_varMeanDim.CallPair(this, dimensions, unbiased, keepdim);
    }
}
