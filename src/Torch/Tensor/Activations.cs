using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Non-linearities of networks.
    public partial class Tensor
    {
        private static readonly Operator s_relu = new("aten::relu");
        private static readonly Operator s_reluInPlace = new("aten::relu_");
        private static readonly Operator s_relu6 = new("aten::relu6");
        private static readonly Operator s_relu6InPlace = new("aten::relu6_");
        private static readonly Operator s_silu = new("aten::silu");
        private static readonly Operator s_siluInPlace = new("aten::silu_");
        private static readonly Operator s_selu = new("aten::selu");
        private static readonly Operator s_seluInPlace = new("aten::selu_");
        private static readonly Operator s_hardsigmoid = new("aten::hardsigmoid");
        private static readonly Operator s_hardswish = new("aten::hardswish");
        private static readonly Operator s_softplus = new("aten::softplus");
        private static readonly Operator s_leakyRelu = new("aten::leaky_relu");
        private static readonly Operator s_leakyReluInPlace = new("aten::leaky_relu_");
        private static readonly Operator s_logSigmoid = new("aten::log_sigmoid");
        private static readonly Operator s_gelu = new("aten::gelu");
        private static readonly Operator s_glu = new("aten::glu");
        private static readonly Operator s_hardtanh = new("aten::hardtanh");

        public Tensor relu() => s_relu.Call(this);

        public Tensor relu_() => s_reluInPlace.CallInPlace(this, this);

        public Tensor relu6() => s_relu6.Call(this);

        public Tensor relu6_() => s_relu6InPlace.CallInPlace(this, this);

        public Tensor silu() => s_silu.Call(this);

        public Tensor silu_() => s_siluInPlace.CallInPlace(this, this);

        public Tensor selu() => s_selu.Call(this);

        public Tensor selu_() => s_seluInPlace.CallInPlace(this, this);

        public Tensor hardsigmoid() => s_hardsigmoid.Call(this);

        public Tensor hardswish() => s_hardswish.Call(this);

        public Tensor softplus(double beta = 1, double threshold = 20) => s_softplus.Call(this, beta, threshold);

        public Tensor leaky_relu(Scalar negative_slope) => s_leakyRelu.Call(this, negative_slope);

        public Tensor leaky_relu_(Scalar negative_slope) => s_leakyReluInPlace.CallInPlace(this, this, negative_slope);

        public Tensor log_sigmoid() => s_logSigmoid.Call(this);

        public Tensor gelu() => s_gelu.Call(this);

        public Tensor glu(long dim = -1) => s_glu.Call(this, dim);

        public Tensor hardtanh(Scalar min, Scalar max) => s_hardtanh.Call(this, min, max);
    }
}
