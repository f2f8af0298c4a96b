using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // The same, over the numbers themselves.
    public partial class Tensor
    {
        private static readonly Operator s_absInPlace = new("aten::abs_");
        private static readonly Operator s_absoluteInPlace = new("aten::absolute_");
        private static readonly Operator s_acosInPlace = new("aten::acos_");
        private static readonly Operator s_acoshInPlace = new("aten::acosh_");
        private static readonly Operator s_asinInPlace = new("aten::asin_");
        private static readonly Operator s_asinhInPlace = new("aten::asinh_");
        private static readonly Operator s_atanInPlace = new("aten::atan_");
        private static readonly Operator s_atanhInPlace = new("aten::atanh_");
        private static readonly Operator s_ceilInPlace = new("aten::ceil_");
        private static readonly Operator s_cosInPlace = new("aten::cos_");
        private static readonly Operator s_coshInPlace = new("aten::cosh_");
        private static readonly Operator s_erfInPlace = new("aten::erf_");
        private static readonly Operator s_erfcInPlace = new("aten::erfc_");
        private static readonly Operator s_erfinvInPlace = new("aten::erfinv_");
        private static readonly Operator s_expInPlace = new("aten::exp_");
        private static readonly Operator s_exp2InPlace = new("aten::exp2_");
        private static readonly Operator s_expm1InPlace = new("aten::expm1_");
        private static readonly Operator s_floorInPlace = new("aten::floor_");
        private static readonly Operator s_fracInPlace = new("aten::frac_");
        private static readonly Operator s_lgammaInPlace = new("aten::lgamma_");
        private static readonly Operator s_digammaInPlace = new("aten::digamma_");
        private static readonly Operator s_logInPlace = new("aten::log_");
        private static readonly Operator s_log10InPlace = new("aten::log10_");
        private static readonly Operator s_log1pInPlace = new("aten::log1p_");
        private static readonly Operator s_log2InPlace = new("aten::log2_");
        private static readonly Operator s_negInPlace = new("aten::neg_");
        private static readonly Operator s_reciprocalInPlace = new("aten::reciprocal_");
        private static readonly Operator s_rsqrtInPlace = new("aten::rsqrt_");
        private static readonly Operator s_sigmoidInPlace = new("aten::sigmoid_");
        private static readonly Operator s_signInPlace = new("aten::sign_");
        private static readonly Operator s_sinInPlace = new("aten::sin_");
        private static readonly Operator s_sinhInPlace = new("aten::sinh_");
        private static readonly Operator s_sqrtInPlace = new("aten::sqrt_");
        private static readonly Operator s_tanInPlace = new("aten::tan_");
        private static readonly Operator s_tanhInPlace = new("aten::tanh_");
        private static readonly Operator s_truncInPlace = new("aten::trunc_");
        private static readonly Operator s_deg2radInPlace = new("aten::deg2rad_");
        private static readonly Operator s_rad2degInPlace = new("aten::rad2deg_");
        private static readonly Operator s_sincInPlace = new("aten::sinc_");
        private static readonly Operator s_sgnInPlace = new("aten::sgn_");
        private static readonly Operator s_roundDecimalsInPlace = new("aten::round_", "decimals");

        public Tensor abs_() => s_absInPlace.CallInPlace(this, this);

        public Tensor absolute_() => s_absoluteInPlace.CallInPlace(this, this);

        public Tensor acos_() => s_acosInPlace.CallInPlace(this, this);

        public Tensor acosh_() => s_acoshInPlace.CallInPlace(this, this);

        public Tensor asin_() => s_asinInPlace.CallInPlace(this, this);

        public Tensor asinh_() => s_asinhInPlace.CallInPlace(this, this);

        public Tensor atan_() => s_atanInPlace.CallInPlace(this, this);

        public Tensor atanh_() => s_atanhInPlace.CallInPlace(this, this);

        public Tensor ceil_() => s_ceilInPlace.CallInPlace(this, this);

        public Tensor cos_() => s_cosInPlace.CallInPlace(this, this);

        public Tensor cosh_() => s_coshInPlace.CallInPlace(this, this);

        public Tensor erf_() => s_erfInPlace.CallInPlace(this, this);

        public Tensor erfc_() => s_erfcInPlace.CallInPlace(this, this);

        public Tensor erfinv_() => s_erfinvInPlace.CallInPlace(this, this);

        public Tensor exp_() => s_expInPlace.CallInPlace(this, this);

        public Tensor exp2_() => s_exp2InPlace.CallInPlace(this, this);

        public Tensor expm1_() => s_expm1InPlace.CallInPlace(this, this);

        public Tensor floor_() => s_floorInPlace.CallInPlace(this, this);

        public Tensor frac_() => s_fracInPlace.CallInPlace(this, this);

        public Tensor lgamma_() => s_lgammaInPlace.CallInPlace(this, this);

        public Tensor digamma_() => s_digammaInPlace.CallInPlace(this, this);

        public Tensor log_() => s_logInPlace.CallInPlace(this, this);

        public Tensor log10_() => s_log10InPlace.CallInPlace(this, this);

        public Tensor log1p_() => s_log1pInPlace.CallInPlace(this, this);

        public Tensor log2_() => s_log2InPlace.CallInPlace(this, this);

        public Tensor neg_() => s_negInPlace.CallInPlace(this, this);

        public Tensor reciprocal_() => s_reciprocalInPlace.CallInPlace(this, this);

        public Tensor rsqrt_() => s_rsqrtInPlace.CallInPlace(this, this);

        public Tensor sigmoid_() => s_sigmoidInPlace.CallInPlace(this, this);

        public Tensor sign_() => s_signInPlace.CallInPlace(this, this);

        public Tensor sin_() => s_sinInPlace.CallInPlace(this, this);

        public Tensor sinh_() => s_sinhInPlace.CallInPlace(this, this);

        public Tensor sqrt_() => s_sqrtInPlace.CallInPlace(this, this);

        public Tensor tan_() => s_tanInPlace.CallInPlace(this, this);

        public Tensor tanh_() => s_tanhInPlace.CallInPlace(this, this);

        public Tensor trunc_() => s_truncInPlace.CallInPlace(this, this);

        public Tensor deg2rad_() => s_deg2radInPlace.CallInPlace(this, this);

        public Tensor rad2deg_() => s_rad2degInPlace.CallInPlace(this, this);

        public Tensor sinc_() => s_sincInPlace.CallInPlace(this, this);

        public Tensor sgn_() => s_sgnInPlace.CallInPlace(this, this);

        public Tensor round_(long decimals = 0) => s_roundDecimalsInPlace.CallInPlace(this, this, decimals);
    }
}
