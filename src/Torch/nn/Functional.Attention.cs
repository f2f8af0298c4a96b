using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator s_attention = new("aten::scaled_dot_product_attention");
            private static readonly Operator s_scaleBy = new("aten::mul", "Scalar");
            private static readonly Operator s_matmul = new("aten::matmul");
            private static readonly Operator s_transpose = new("aten::transpose", "int");
            private static readonly Operator s_addTo = new("aten::add_", "Tensor");
            private static readonly Operator s_fillWhere = new("aten::masked_fill_", "Scalar");
            private static readonly Operator s_not = new("aten::logical_not");
            private static readonly Operator s_ones = new("aten::ones");
            private static readonly Operator s_upper = new("aten::triu_");

            /// <summary>softmax(q k^T / sqrt(width) + mask) v over [..., length, width].</summary>
            /// <param name="query">[..., L, width]</param>
            /// <param name="key">[..., S, width]</param>
            /// <param name="value">[..., S, width of the result]</param>
            /// <param name="attn_mask">Broadcast to [..., L, S]: added, or where boolean true for what may be seen.</param>
            /// <param name="p">Probability that a weight is dropped.</param>
            /// <param name="is_casual">Row i sees columns up to i, counted from the upper left.</param>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false) =>
                s_attention.Exists
                    ? s_attention.Call(query, key, value, attn_mask, p, is_casual)
                    : ComposedAttention(query, key, value, attn_mask, p, is_casual);

            /// <summary>The same by single operators, for libtorch before 2.0.</summary>
            internal static Tensor ComposedAttention(
                Tensor query, Tensor key, Tensor value, Tensor? mask, double p, bool causal)
            {
                if (mask is not null && causal)
                    throw new ArgumentException("attention takes a mask or is causal, not both", nameof(mask));

                using Tensor scaled = s_scaleBy.Call(query, 1 / Math.Sqrt(query.size(-1)));
                using Tensor turned = s_transpose.Call(key, -2, -1);
                using Tensor scores = s_matmul.Call(scaled, turned);
                ApplyMask(scores, mask, causal);
                using Tensor weights = s_softmax.Call(scores, -1, Argument.None);
                if (p == 0)
                    return s_matmul.Call(weights, value);

                using Tensor kept = s_dropout.Call(weights, p, true);
                return s_matmul.Call(kept, value);
            }

            private static void ApplyMask(Tensor scores, Tensor? mask, bool causal)
            {
                if (mask is not null && mask.dtype != ScalarType.Bool)
                {
                    s_addTo.CallInPlace(scores, scores, mask);
                    return;
                }
                if (mask is null && !causal)
                    return;

                using Tensor hidden = mask is null ? Later(scores) : s_not.Call(mask);
                s_fillWhere.CallInPlace(scores, scores, hidden, double.NegativeInfinity);
            }

            /// <summary>[L, S]: true above the diagonal.</summary>
            private static Tensor Later(Tensor scores)
            {
                long[] square = [scores.size(-2), scores.size(-1)];
                Tensor ones = s_ones.Call(square, ScalarType.Bool, Argument.None, scores.device);
                return s_upper.CallInPlace(ones, ones, 1);
            }
        }
    }
}
