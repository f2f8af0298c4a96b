using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // One number in, one number out.
    public partial class Tensor
    {
        private static readonly Operator s_abs = new("aten::abs");
        private static readonly Operator s_absolute = new("aten::absolute");
        private static readonly Operator s_acos = new("aten::acos");
        private static readonly Operator s_acosh = new("aten::acosh");
        private static readonly Operator s_asin = new("aten::asin");
        private static readonly Operator s_asinh = new("aten::asinh");
        private static readonly Operator s_atan = new("aten::atan");
        private static readonly Operator s_atanh = new("aten::atanh");
        private static readonly Operator s_ceil = new("aten::ceil");
        private static readonly Operator s_cos = new("aten::cos");
        private static readonly Operator s_cosh = new("aten::cosh");
        private static readonly Operator s_erf = new("aten::erf");
        private static readonly Operator s_erfc = new("aten::erfc");
        private static readonly Operator s_erfinv = new("aten::erfinv");
        private static readonly Operator s_exp = new("aten::exp");
        private static readonly Operator s_exp2 = new("aten::exp2");
        private static readonly Operator s_expm1 = new("aten::expm1");
        private static readonly Operator s_floor = new("aten::floor");
        private static readonly Operator s_frac = new("aten::frac");
        private static readonly Operator s_lgamma = new("aten::lgamma");
        private static readonly Operator s_digamma = new("aten::digamma");
        private static readonly Operator s_log = new("aten::log");
        private static readonly Operator s_log10 = new("aten::log10");
        private static readonly Operator s_log1p = new("aten::log1p");
        private static readonly Operator s_log2 = new("aten::log2");
        private static readonly Operator s_neg = new("aten::neg");
        private static readonly Operator s_reciprocal = new("aten::reciprocal");
        private static readonly Operator s_rsqrt = new("aten::rsqrt");
        private static readonly Operator s_sigmoid = new("aten::sigmoid");
        private static readonly Operator s_sign = new("aten::sign");
        private static readonly Operator s_sin = new("aten::sin");
        private static readonly Operator s_sinh = new("aten::sinh");
        private static readonly Operator s_sqrt = new("aten::sqrt");
        private static readonly Operator s_tan = new("aten::tan");
        private static readonly Operator s_tanh = new("aten::tanh");
        private static readonly Operator s_trunc = new("aten::trunc");
        private static readonly Operator s_deg2rad = new("aten::deg2rad");
        private static readonly Operator s_rad2deg = new("aten::rad2deg");
        private static readonly Operator s_square = new("aten::square");
        private static readonly Operator s_signbit = new("aten::signbit");
        private static readonly Operator s_angle = new("aten::angle");
        private static readonly Operator s_isnan = new("aten::isnan");
        private static readonly Operator s_isinf = new("aten::isinf");
        private static readonly Operator s_isfinite = new("aten::isfinite");
        private static readonly Operator s_isposinf = new("aten::isposinf");
        private static readonly Operator s_isneginf = new("aten::isneginf");
        private static readonly Operator s_positive = new("aten::positive");
        private static readonly Operator s_negative = new("aten::negative");
        private static readonly Operator s_sinc = new("aten::sinc");
        private static readonly Operator s_sgn = new("aten::sgn");
        private static readonly Operator s_roundDecimals = new("aten::round", "decimals");

        public Tensor abs() => s_abs.Call(this);

        public Tensor absolute() => s_absolute.Call(this);

        public Tensor acos() => s_acos.Call(this);

        public Tensor acosh() => s_acosh.Call(this);

        public Tensor asin() => s_asin.Call(this);

        public Tensor asinh() => s_asinh.Call(this);

        public Tensor atan() => s_atan.Call(this);

        public Tensor atanh() => s_atanh.Call(this);

        public Tensor ceil() => s_ceil.Call(this);

        public Tensor cos() => s_cos.Call(this);

        public Tensor cosh() => s_cosh.Call(this);

        public Tensor erf() => s_erf.Call(this);

        public Tensor erfc() => s_erfc.Call(this);

        public Tensor erfinv() => s_erfinv.Call(this);

        public Tensor exp() => s_exp.Call(this);

        public Tensor exp2() => s_exp2.Call(this);

        public Tensor expm1() => s_expm1.Call(this);

        public Tensor floor() => s_floor.Call(this);

        public Tensor frac() => s_frac.Call(this);

        public Tensor lgamma() => s_lgamma.Call(this);

        public Tensor digamma() => s_digamma.Call(this);

        public Tensor log() => s_log.Call(this);

        public Tensor log10() => s_log10.Call(this);

        public Tensor log1p() => s_log1p.Call(this);

        public Tensor log2() => s_log2.Call(this);

        public Tensor neg() => s_neg.Call(this);

        public Tensor reciprocal() => s_reciprocal.Call(this);

        public Tensor rsqrt() => s_rsqrt.Call(this);

        public Tensor sigmoid() => s_sigmoid.Call(this);

        public Tensor sign() => s_sign.Call(this);

        public Tensor sin() => s_sin.Call(this);

        public Tensor sinh() => s_sinh.Call(this);

        public Tensor sqrt() => s_sqrt.Call(this);

        public Tensor tan() => s_tan.Call(this);

        public Tensor tanh() => s_tanh.Call(this);

        public Tensor trunc() => s_trunc.Call(this);

        public Tensor deg2rad() => s_deg2rad.Call(this);

        public Tensor rad2deg() => s_rad2deg.Call(this);

        public Tensor square() => s_square.Call(this);

        public Tensor signbit() => s_signbit.Call(this);

        public Tensor angle() => s_angle.Call(this);

        public Tensor isnan() => s_isnan.Call(this);

        public Tensor isinf() => s_isinf.Call(this);

        public Tensor isfinite() => s_isfinite.Call(this);

        public Tensor isposinf() => s_isposinf.Call(this);

        public Tensor isneginf() => s_isneginf.Call(this);

        public Tensor positive() => s_positive.Call(this);

        public Tensor negative() => s_negative.Call(this);

        public Tensor sinc() => s_sinc.Call(this);

        public Tensor sgn() => s_sgn.Call(this);

        public Tensor round(long decimals = 0) => s_roundDecimals.Call(this, decimals);
    }
}
