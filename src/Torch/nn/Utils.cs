using TorchSharp.Modules;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Helpers over many parameters.</summary>
        public static partial class utils
        {
            private static readonly Operator s_stack = new("aten::stack");
            private static readonly Operator s_norm = new("aten::linalg_vector_norm");
            private static readonly Operator s_item = new("aten::item");
            private static readonly Operator s_clampInPlace = new("aten::clamp_");
            private static readonly Operator s_reshape = new("aten::reshape");
            private static readonly Operator s_cat = new("aten::cat");
            private static readonly Operator s_sliceOf = new("aten::slice", "Tensor");
            private static readonly Operator s_copyInto = new("aten::copy_");

            /// <summary>Scales all gradients by max_norm / (norm + 1e-6) where their norm together is above max_norm.</summary>
            /// <returns>The norm before, read from the device once.</returns>
            public static double clip_grad_norm_(
                IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable quiet = no_grad();
                Tensor[] gradients = Gradients(tensors);
                if (gradients.Length == 0)
                    return 0;

                Tensor norms = s_stack.Call(Argument.Of(Foreach.Norm(gradients, norm_type)));
                double total = s_item.CallNumber(s_norm.Call(norms, norm_type));
                double factor = max_norm / (total + 1e-6);
                if (factor < 1)
                    Foreach.Multiply(gradients, factor);
                return total;
            }

            /// <summary>Limits every element of every gradient to [-clip_value, clip_value].</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable quiet = no_grad();
                foreach (Tensor gradient in Gradients(tensors))
                    s_clampInPlace.CallInPlace(gradient, gradient, -clip_value, clip_value);
            }

            /// <summary>All elements in one row, in order.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor[] rows = [.. tensors.Select(tensor => s_reshape.Call(tensor, (long[])[-1]))];
                return s_cat.Call(rows).MoveToOuterDisposeScope();
            }

            /// <summary>Writes back what <see cref="parameters_to_vector"/> read.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable quiet = no_grad();
                long start = 0;
                foreach (Parameter tensor in tensors)
                {
                    Tensor piece = s_sliceOf.Call(vec, 0L, start, start += tensor.numel());
                    s_copyInto.CallInPlace(tensor, tensor, s_reshape.Call(piece, tensor.shape));
                }
            }

            private static Tensor[] Gradients(IEnumerable<Parameter> tensors) =>
                [.. tensors.Select(tensor => tensor.grad).OfType<Tensor>()];
        }
    }
}
