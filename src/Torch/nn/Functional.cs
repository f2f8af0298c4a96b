using TorchSharp.Modules;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Layers as functions of their weights.</summary>
        public static partial class functional
        {
            private static readonly Operator s_linear = new("aten::linear");
            private static readonly Operator s_layerNorm = new("aten::layer_norm");
            private static readonly Operator s_conv2d = new("aten::conv2d");
            private static readonly Operator s_gelu = new("aten::gelu");
            private static readonly Operator s_geluInPlace = new("aten::gelu_");
            private static readonly Operator s_silu = new("aten::silu");
            private static readonly Operator s_siluInPlace = new("aten::silu_");
            private static readonly Operator s_relu = new("aten::relu");
            private static readonly Operator s_reluInPlace = new("aten::relu_");
            private static readonly Operator s_tanh = new("aten::tanh");
            private static readonly Operator s_tanhInPlace = new("aten::tanh_");
            private static readonly Operator s_sigmoid = new("aten::sigmoid");
            private static readonly Operator s_sigmoidInPlace = new("aten::sigmoid_");
            private static readonly Operator s_softplus = new("aten::softplus");
            private static readonly Operator s_logSigmoid = new("aten::log_sigmoid");
            private static readonly Operator s_softmax = new("aten::softmax", "int");
            private static readonly Operator s_logSoftmax = new("aten::log_softmax", "int");
            private static readonly Operator s_dropout = new("aten::dropout");
            private static readonly Operator s_dropoutInPlace = new("aten::dropout_");
            private static readonly Operator s_oneHot = new("aten::one_hot");
            private static readonly Operator s_pixelShuffle = new("aten::pixel_shuffle");
            private static readonly Operator s_pixelUnshuffle = new("aten::pixel_unshuffle");

            /// <summary>input [..., in], weights [out, in] -> [..., out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                s_linear.Call(input, weights, bias);

            public static Tensor layer_norm(
                Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                s_layerNorm.Call(input, normalized_shape, weight, bias, eps);

            /// <summary>input [batch, in, h, w], weight [out, in / groups, kh, kw].</summary>
            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                s_conv2d.Call(input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor gelu(Tensor x) => gelu(x, false);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, TorchSharp.Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false)
            {
                string form = approximate == TorchSharp.Modules.GELU.Approximate.tanh ? "tanh" : "none";
                return inplace ? s_geluInPlace.CallInPlace(x, x, form) : s_gelu.Call(x, form);
            }

            public static Tensor silu(Tensor x, bool inplace = false) => Pointwise(s_silu, s_siluInPlace, x, inplace);

            public static Tensor relu(Tensor x, bool inplace = false) => Pointwise(s_relu, s_reluInPlace, x, inplace);

            public static Tensor tanh(Tensor x, bool inplace = false) => Pointwise(s_tanh, s_tanhInPlace, x, inplace);

            public static Tensor sigmoid(Tensor x) => s_sigmoid.Call(x);

            public static Tensor sigmoid(Tensor x, bool inplace) =>
                Pointwise(s_sigmoid, s_sigmoidInPlace, x, inplace);

            /// <summary>log(1 + exp(beta x)) / beta, linear above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) =>
                s_softplus.Call(x, beta, threshold);

            public static Tensor logsigmoid(Tensor x) => s_logSigmoid.Call(x);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                s_softmax.Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => s_logSoftmax.Call(x, dim);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? s_dropoutInPlace.CallInPlace(input, input, p, training) : s_dropout.Call(input, p, training);

            /// <summary>Integers [...] -> zeros and ones [..., classes].</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => s_oneHot.Call(x, num_classes);

            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) =>
                s_pixelShuffle.Call(input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) =>
                s_pixelUnshuffle.Call(input, downscale_factor);

            private static Tensor Pointwise(Operator make, Operator change, Tensor x, bool inplace) =>
                inplace ? change.CallInPlace(x, x) : make.Call(x);
        }
    }
}
