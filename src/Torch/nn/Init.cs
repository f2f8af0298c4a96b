using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>First values of parameters, drawn from the global generator unless one is given; no history.</summary>
        public static partial class init
        {
            private static readonly Operator s_fill = new("aten::fill_", "Scalar");
            private static readonly Operator s_uniform = new("aten::uniform_");
            private static readonly Operator s_normal = new("aten::normal_");
            private static readonly Operator s_inverseError = new("aten::erfinv_");
            private static readonly Operator s_scale = new("aten::mul_", "Scalar");
            private static readonly Operator s_shift = new("aten::add_", "Scalar");
            private static readonly Operator s_clamp = new("aten::clamp_");
            private static readonly Operator s_eye = new("aten::eye", "m");
            private static readonly Operator s_copyTo = new("aten::copy_");

            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            public static Tensor zeros_(Tensor tensor) => Fill(tensor, 0);

            public static Tensor ones_(Tensor tensor) => Fill(tensor, 1);

            public static Tensor constant_(Tensor tensor, Scalar val) =>
                Quietly(tensor, () => s_fill.CallInPlace(tensor, tensor, val));

            /// <summary>Uniform on [low, high).</summary>
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) =>
                Quietly(tensor, () => s_uniform.CallInPlace(tensor, tensor, low, high, generator));

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
                Quietly(tensor, () => s_normal.CallInPlace(tensor, tensor, mean, std, generator));

            /// <summary>A normal distribution cut to [a, b], by the inverse of its distribution function.</summary>
            public static Tensor trunc_normal_(
                Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2, Generator? generator = null)
            {
                double low = Distribution((a - mean) / std);
                double high = Distribution((b - mean) / std);
                return Quietly(tensor, () =>
                {
                    s_uniform.CallInPlace(tensor, tensor, 2 * low - 1, 2 * high - 1, generator);
                    s_inverseError.CallInPlace(tensor, tensor);
                    s_scale.CallInPlace(tensor, tensor, std * Math.Sqrt(2));
                    s_shift.CallInPlace(tensor, tensor, mean);
                    s_clamp.CallInPlace(tensor, tensor, a, b);
                });
            }

            /// <summary>Ones on the diagonal of a matrix, zeros elsewhere.</summary>
            public static Tensor eye_(Tensor tensor)
            {
                long[] shape = tensor.shape;
                if (shape.Length != 2)
                    throw new ArgumentException($"only a matrix has a diagonal, not {tensor.ShapeText}", nameof(tensor));

                return Quietly(tensor, () =>
                {
                    using Tensor eye = s_eye.Call(shape[0], shape[1], tensor.dtype, Argument.None, tensor.device);
                    s_copyTo.CallInPlace(tensor, tensor, eye);
                });
            }

            /// <summary>Glorot and Bengio 2010: bound gain * sqrt(6 / (fan in + fan out)).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                double bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Glorot and Bengio 2010: deviation gain * sqrt(2 / (fan in + fan out)).</summary>
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1) => xavier_uniform_(tensor, gain);

            public static Tensor glorot_normal_(Tensor tensor, double gain = 1) => xavier_normal_(tensor, gain);

            /// <summary>He et al. 2015: bound gain * sqrt(3 / fan).</summary>
            public static Tensor kaiming_uniform_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                double bound = calculate_gain(nonlinearity, a) * Math.Sqrt(3.0 / Fan(tensor, mode));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>He et al. 2015: deviation gain / sqrt(fan).</summary>
            public static Tensor kaiming_normal_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, calculate_gain(nonlinearity, a) / Math.Sqrt(Fan(tensor, mode)));

            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3.0,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            /// <summary>Inputs and outputs of one unit of a weight [out, in, kernel...].</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                long[] shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException($"a fan needs a weight of two dimensions or more, not {tensor.ShapeText}",
                        nameof(tensor));

                long field = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * field, shape[0] * field);
            }

            private static long Fan(Tensor tensor, FanInOut mode)
            {
                (long fanIn, long fanOut) = CalculateFanInAndFanOut(tensor);
                return mode == FanInOut.FanIn ? fanIn : fanOut;
            }

            private static Tensor Fill(Tensor tensor, double value) =>
                Quietly(tensor, () => s_fill.CallInPlace(tensor, tensor, value));

            private static Tensor Quietly(Tensor tensor, Action change)
            {
                using IDisposable quiet = no_grad();
                change();
                return tensor;
            }

            // The normal distribution function by integrating its series: odd powers converge for every z in use.
            private static double Distribution(double z)
            {
                double term = z, sum = z;
                if (Math.Abs(z) > 12)
                    return z > 0 ? 1 : 0;

                for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
                {
                    term *= z * z / (2 * n + 1);
                    sum += term;
                }
                return 0.5 + sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
            }
        }
    }
}
