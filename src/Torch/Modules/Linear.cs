using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>y = x W^T + b, weight [out, in].</summary>
    public class Linear : nn.Module<Tensor, Tensor>
    {
        private Parameter _weight;
        private Parameter? _bias;

        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            (_weight, _bias) = (weight, bias);
            (out_features, in_features) = (weight.size(0), weight.size(1));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public Parameter weight
        {
            get => _weight;
            set => _weight = Replace(nameof(weight), value)!;
        }

        public Parameter? bias
        {
            get => _bias;
            set => _bias = Replace(nameof(bias), value);
        }

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, _weight, _bias);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Weight and bias uniform in +-1/sqrt(inputs), as PyTorch starts them.</summary>
            public static Linear Linear(
                long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null)
            {
                Parameter weight = Storage.Empty([outputSize, inputSize], device, dtype);
                init.kaiming_uniform_(weight, Math.Sqrt(5));
                return new Linear(weight, hasBias ? Storage.Bias(outputSize, inputSize, device, dtype) : null);
            }

            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);
        }
    }
}
