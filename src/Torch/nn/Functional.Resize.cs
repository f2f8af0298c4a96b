using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How values between samples are made.</summary>
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator s_pad = new("aten::pad");
            private static readonly Operator s_nearest1d = new("aten::upsample_nearest1d", "vec");
            private static readonly Operator s_nearest2d = new("aten::upsample_nearest2d", "vec");
            private static readonly Operator s_linear1d = new("aten::upsample_linear1d", "vec");
            private static readonly Operator s_bilinear2d = new("aten::upsample_bilinear2d", "vec");
            private static readonly Operator s_bicubic2d = new("aten::upsample_bicubic2d", "vec");
            private static readonly Operator s_bilinearSmooth = new("aten::_upsample_bilinear2d_aa", "vec");
            private static readonly Operator s_bicubicSmooth = new("aten::_upsample_bicubic2d_aa", "vec");

            /// <summary>Pairs (before, after), the last dimension first; negative numbers cut.</summary>
            public static Tensor pad(
                Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                string name = mode == PaddingModes.Zeros ? "constant" : mode.ToString().ToLowerInvariant();
                return s_pad.Call(input, pad, name, name == "constant" ? value : Argument.None);
            }

            public static Tensor pad(
                Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(
                Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>[batch, channels, w] or [batch, channels, h, w] to a size or by a factor.</summary>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null,
                bool recompute_scale_factor = false, bool antialias = false)
            {
                double[]? scale = recompute_scale_factor ? null : scale_factor;
                if (size is null && scale is null && scale_factor is not null)
                    size = [.. scale_factor.Select((factor, i) => (long)(x.size(i + 2) * factor))];
                bool corners = align_corners ?? false;
                return (mode, x.Rank, antialias) switch
                {
                    (InterpolationMode.Nearest, 3, false) => s_nearest1d.Call(x, size, scale),
                    (InterpolationMode.Nearest, 4, false) => s_nearest2d.Call(x, size, scale),
                    (InterpolationMode.Linear, 3, false) => s_linear1d.Call(x, size, corners, scale),
                    (InterpolationMode.Bilinear, 4, false) => s_bilinear2d.Call(x, size, corners, scale),
                    (InterpolationMode.Bicubic, 4, false) => s_bicubic2d.Call(x, size, corners, scale),
                    (InterpolationMode.Bilinear, 4, true) => s_bilinearSmooth.Call(x, size, corners, scale),
                    (InterpolationMode.Bicubic, 4, true) => s_bicubicSmooth.Call(x, size, corners, scale),
                    _ => throw new NotSupportedException(
                        $"interpolation {mode}{(antialias ? " with antialiasing" : "")} of {x.ShapeText}"),
                };
            }
        }
    }
}
