using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of the elements' losses.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            private const long IgnoredClass = -100;
            private static readonly Operator s_crossEntropy = new("aten::cross_entropy_loss");
            private static readonly Operator s_negativeLogLikelihood = new("aten::nll_loss_nd");
            private static readonly Operator s_mse = new("aten::mse_loss");
            private static readonly Operator s_l1 = new("aten::l1_loss");
            private static readonly Operator s_smoothL1 = new("aten::smooth_l1_loss");
            private static readonly Operator s_huber = new("aten::huber_loss");
            private static readonly Operator s_binaryLogits = new("aten::binary_cross_entropy_with_logits");
            private static readonly Operator s_divergence = new("aten::kl_div");
            private static readonly Operator s_cosine = new("aten::cosine_similarity");
            private static readonly Operator s_vectorNorm = new("aten::linalg_vector_norm");
            private static readonly Operator s_clampMin = new("aten::clamp_min");
            private static readonly Operator s_divide = new("aten::div", "Tensor");

            /// <summary>Logits [batch, classes, ...] against classes [batch, ...] or probabilities of the input's shape.</summary>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                s_crossEntropy.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>Log-probabilities [batch, classes, ...] against classes; class -100 is left out.</summary>
            public static Tensor nll_loss(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                s_negativeLogLikelihood.Call(input, target, weight, (long)reduction, IgnoredClass);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                s_mse.Call(input, target, (long)reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                s_l1.Call(input, target, (long)reduction);

            /// <summary>d^2 / (2 beta) below beta, |d| - beta / 2 above.</summary>
            public static Tensor smooth_l1_loss(
                Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                s_smoothL1.Call(input, target, (long)reduction, beta);

            /// <summary>d^2 / 2 below delta, delta (|d| - delta / 2) above.</summary>
            public static Tensor huber_loss(
                Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                s_huber.Call(input, target, (long)reduction, delta);

            public static Tensor binary_cross_entropy_with_logits(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean,
                Tensor? pos_weights = null) =>
                s_binaryLogits.Call(input, target, weight, pos_weights, (long)reduction);

            /// <summary>input holds log-probabilities, target too unless told otherwise: exp(t) (t - input).</summary>
            public static Tensor kl_div(
                Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                s_divergence.Call(input, target, (long)reduction, log_target);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                s_cosine.Call(x1, x2, dim, eps);

            /// <summary>input / max(norm along dim, eps).</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using Tensor norm = s_vectorNorm.Call(input, p, (long[])[dim], true);
                using Tensor divisor = s_clampMin.Call(norm, eps);
                return s_divide.Call(input, divisor);
            }
        }
    }
}
