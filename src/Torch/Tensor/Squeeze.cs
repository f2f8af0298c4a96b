using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Operators whose C# form chooses between two of libtorch's.
    public partial class Tensor
    {
        private static readonly Operator s_squeeze = new("aten::squeeze");
        private static readonly Operator s_squeezeDim = new("aten::squeeze", "dim");
        private static readonly Operator s_squeezeInPlace = new("aten::squeeze_");
        private static readonly Operator s_squeezeDimInPlace = new("aten::squeeze_", "dim");
        private static readonly Operator s_amaxOut = new("aten::amax", "out");
        private static readonly Operator s_aminOut = new("aten::amin", "out");
        private static readonly Operator s_whereSelf = new("aten::where", "self");
        private static readonly Operator s_unique = new("aten::_unique2");
        private static readonly Operator s_uniqueDim = new("aten::unique_dim");

        public Tensor squeeze(long? dim = null) =>
            dim is { } one ? s_squeezeDim.Call(this, one) : s_squeeze.Call(this);

        public Tensor squeeze_(long? dim = null) => dim is { } one
            ? s_squeezeDimInPlace.CallInPlace(this, this, one)
            : s_squeezeInPlace.CallInPlace(this, this);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null
            ? s_amax.Call(this, dims, keepdim)
            : s_amaxOut.CallInPlace(@out, this, dims, keepdim, @out);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null
            ? s_amin.Call(this, dims, keepdim)
            : s_aminOut.CallInPlace(@out, this, dims, keepdim, @out);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            amax(dims.ToArray(), keepdim, @out);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            amin(dims.ToArray(), keepdim, @out);

        /// <summary>This tensor's numbers where the condition holds, the other's elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => s_whereSelf.Call(condition, this, y);

        public Tensor equal(Tensor target) => eq(target);

        /// <summary>The distinct numbers, where each element went, and how often each number occurs.</summary>
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(
            bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            (Tensor output, Tensor inverse, Tensor counts) = dim is { } one
                ? s_uniqueDim.CallTriple(this, (long)one, sorted, return_inverse, return_counts)
                : s_unique.CallTriple(this, sorted, return_inverse, return_counts);
            return (output, Wanted(inverse, return_inverse), Wanted(counts, return_counts));
        }

        private static Tensor? Wanted(Tensor tensor, bool wanted)
        {
            if (wanted)
                return tensor;
            tensor.Dispose();
            return null;
        }
    }

    /// <summary>x where the condition holds, y elsewhere; all three broadcast.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    /// <summary>The places, one tensor per dimension, where the condition holds.</summary>
    public static Tensor[] where(Tensor condition) => s_whereCondition.CallList(condition);

    private static readonly Operator s_whereCondition = new("aten::where");
}
