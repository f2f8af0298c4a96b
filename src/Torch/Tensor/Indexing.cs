using System.Runtime.CompilerServices;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Reading and writing with brackets, as Python's tensors do.
    public partial class Tensor
    {
        private static readonly Operator s_index = new("aten::index", "Tensor");
        private static readonly Operator s_indexPutInPlace = new("aten::index_put_");

        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index(Singles(indices));
            set => index_put_(value, Singles(indices));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, Singles([i1]));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index(Singles([i1, i2]));
            set => index_put_(value, Singles([i1, i2]));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(Singles([i1, i2, i3]));
            set => index_put_(value, Singles([i1, i2, i3]));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(Singles([i1, i2, i3, i4]));
            set => index_put_(value, Singles([i1, i2, i3, i4]));
        }

        /// <summary>A view where no index is a tensor, else a copy of the chosen numbers.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            (Tensor view, Tensor?[] chosen) = IndexPlan.Apply(this, indices);
            if (chosen.Length == 0)
                return view;

            using (view)
                return s_index.Call(view, Argument.Of(chosen));
        }

        public Tensor index(params Tensor[] indices) => s_index.Call(this, Argument.Of(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using Tensor number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            s_indexPutInPlace.CallInPlace(this, this, Argument.Of(indices), value, accumulate);

        /// <param name="value">Broadcast to the chosen places.</param>
        /// <param name="indices">As between brackets.</param>
        /// <param name="accumulate">Whether values are added, repeated places several times.</param>
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            (Tensor view, Tensor?[] chosen) = IndexPlan.Apply(this, indices);
            using (view)
            using (Tensor given = IndexPlan.Given(value, view, chosen.Length > 0))
            {
                if (chosen.Length > 0)
                    s_indexPutInPlace.CallInPlace(view, view, Argument.Of(chosen), given, accumulate);
                else if (accumulate)
                    view.add_(given);
                else
                    view.copy_(given);
            }
            return this;
        }

        private static TensorIndex[] Singles(ReadOnlySpan<long> indices)
        {
            var result = new TensorIndex[indices.Length];
            for (int i = 0; i < result.Length; i++)
                result[i] = TensorIndex.Single(indices[i]);
            return result;
        }
    }
}
