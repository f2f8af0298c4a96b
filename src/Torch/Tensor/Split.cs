using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // One tensor in, several out.
    public partial class Tensor
    {
        private static readonly Operator s_chunk = new("aten::chunk");
        private static readonly Operator s_splitTensor = new("aten::split", "Tensor");
        private static readonly Operator s_splitWithSizes = new("aten::split_with_sizes");
        private static readonly Operator s_tensorSplitSections = new("aten::tensor_split", "sections");
        private static readonly Operator s_tensorSplitIndices = new("aten::tensor_split", "indices");
        private static readonly Operator s_unbindInt = new("aten::unbind", "int");

        public Tensor[] chunk(long chunks, long dim = 0) => s_chunk.CallList(this, chunks, dim);

        public Tensor[] split(long size, int dim = 0) => s_splitTensor.CallList(this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) => s_splitWithSizes.CallList(this, sizes, dim);

        public Tensor[] tensor_split(long size, long dim = 0) => s_tensorSplitSections.CallList(this, size, dim);

        public Tensor[] tensor_split(long[] sizes, long dim = 0) => s_tensorSplitIndices.CallList(this, sizes, dim);

        public Tensor[] unbind(long dimension = 0) => s_unbindInt.CallList(this, dimension);
    }
}
