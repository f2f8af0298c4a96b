using Vlm.Engine;
using static TorchSharp.torch;

namespace TorchSharp
{
    /// <summary>What is around the input: nothing, or as much as keeps its size.</summary>
    public enum Padding
    {
        Valid = 0,
        Same = 1,
    }

    /// <summary>What stands in the padding.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }
}

namespace TorchSharp.Modules
{
    /// <summary>A convolution's weight [out, in / groups, kernel...], bias and geometry.</summary>
    public abstract class Convolution : nn.Module<Tensor, Tensor>
    {
        private Parameter _weightHeld;
        private Parameter? _biasHeld;

        private protected Convolution(string name, ConvolutionShape shape, Device? device, ScalarType? dtype) : base(name)
        {
            Shape = shape;
            long fanIn = shape.In / shape.Groups * shape.Kernel.Aggregate(1L, (product, size) => product * size);
            _weightHeld = Storage.Empty([shape.Out, shape.In / shape.Groups, .. shape.Kernel], device, dtype);
            _biasHeld = shape.Bias ? Storage.Bias(shape.Out, fanIn, device, dtype) : null;
            reset_parameters();
            register_parameter(nameof(weight), _weightHeld);
            register_parameter(nameof(bias), _biasHeld);
        }

        internal ConvolutionShape Shape { get; private set; }

        public long in_channels => Shape.In;

        public long out_channels => Shape.Out;

        public long[] kernel_size
        {
            get => Shape.Kernel;
            set => Shape = Shape with { Kernel = value };
        }

        public long[] stride
        {
            get => Shape.Stride;
            set => Shape = Shape with { Stride = value };
        }

        public long[] padding => Shape.Padding ?? [];

        public long[] dilation
        {
            get => Shape.Dilation;
            set => Shape = Shape with { Dilation = value };
        }

        public long groups
        {
            get => Shape.Groups;
            set => Shape = Shape with { Groups = value };
        }

        public PaddingModes padding_mode
        {
            get => Shape.Mode;
            set => Shape = Shape with { Mode = value };
        }

        public Padding? padding_type => Shape.Padding is null ? Shape.PaddingType : null;

        public Parameter weight
        {
            get => _weightHeld;
            set => _weightHeld = Replace(nameof(weight), value)!;
        }

        public Parameter? bias
        {
            get => _biasHeld;
            set => _biasHeld = Replace(nameof(bias), value);
        }

        /// <summary>Weight and bias uniform in +-1/sqrt(fan in), as PyTorch starts them.</summary>
        public void reset_parameters()
        {
            nn.init.kaiming_uniform_(_weightHeld, Math.Sqrt(5));
            (long fanIn, _) = nn.init.CalculateFanInAndFanOut(_weightHeld);
            if (_biasHeld is not null && fanIn > 0)
                nn.init.uniform_(_biasHeld, -1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));
        }
    }

    /// <summary>A convolution over [batch, channels, height, width].</summary>
    public class Conv2d : Convolution
    {
        private static readonly Operator s_padded = new("aten::conv2d", "padding");

        internal Conv2d(ConvolutionShape shape, Device? device, ScalarType? dtype)
            : base(nameof(Conv2d), shape, device, dtype)
        {
        }

        public override Tensor forward(Tensor input)
        {
            if (Shape.Padding is not { } sides)
                return s_padded.Call(input, weight, bias, stride, Shape.PaddingType == Padding.Same ? "same" : "valid",
                    dilation, groups);
            if (padding_mode is PaddingModes.Zeros or PaddingModes.Constant)
                return nn.functional.conv2d(input, weight, bias, stride, sides, dilation, groups);

            using Tensor padded = nn.functional.pad(input, [sides[1], sides[1], sides[0], sides[0]], padding_mode);
            return nn.functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
        }
    }

    /// <param name="Padding">Per dimension; null where <paramref name="PaddingType"/> decides.</param>
    internal sealed record ConvolutionShape(
        long In, long Out, long[] Kernel, long[] Stride, long[]? Padding, Padding PaddingType, long[] Dilation,
        PaddingModes Mode, long Groups, bool Bias);
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv2d Conv2d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
                long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                Conv2d(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding),
                    (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(
                long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1,
                long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                Conv2d(in_channels, out_channels, (kernel_size, kernel_size), padding, (stride, stride),
                    (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(
                long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null,
                (long, long)? padding = null, (long, long)? dilation = null,
                PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(new(in_channels, out_channels, Pair(kernel_size, 1), Pair(stride, 1), Pair(padding, 0), Padding.Valid,
                    Pair(dilation, 1), padding_mode, groups, bias), device, dtype);

            public static Conv2d Conv2d(
                long in_channels, long out_channels, (long, long) kernel_size, Padding padding,
                (long, long)? stride = null, (long, long)? dilation = null,
                PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(new(in_channels, out_channels, Pair(kernel_size, 1), Pair(stride, 1), null, padding,
                    Pair(dilation, 1), padding_mode, groups, bias), device, dtype);

            private static long[] Pair((long, long)? given, long otherwise) =>
                given is { } pair ? [pair.Item1, pair.Item2] : [otherwise, otherwise];
        }
    }
}
