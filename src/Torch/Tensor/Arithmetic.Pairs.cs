using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // The larger, the smaller, the bounded.
    public partial class Tensor
    {
        private static readonly Operator s_maximum = new("aten::maximum");
        private static readonly Operator s_minimum = new("aten::minimum");
        private static readonly Operator s_maxOther = new("aten::max", "other");
        private static readonly Operator s_minOther = new("aten::min", "other");
        private static readonly Operator s_fmax = new("aten::fmax");
        private static readonly Operator s_fmin = new("aten::fmin");
        private static readonly Operator s_atan2 = new("aten::atan2");
        private static readonly Operator s_hypot = new("aten::hypot");
        private static readonly Operator s_copysignTensor = new("aten::copysign", "Tensor");
        private static readonly Operator s_logaddexp = new("aten::logaddexp");
        private static readonly Operator s_logaddexp2 = new("aten::logaddexp2");
        private static readonly Operator s_xlogyTensor = new("aten::xlogy", "Tensor");
        private static readonly Operator s_xlogyScalarOther = new("aten::xlogy", "Scalar_Other");
        private static readonly Operator s_gcd = new("aten::gcd");
        private static readonly Operator s_lcm = new("aten::lcm");
        private static readonly Operator s_heaviside = new("aten::heaviside");
        private static readonly Operator s_clamp = new("aten::clamp");
        private static readonly Operator s_clampTensor = new("aten::clamp", "Tensor");
        private static readonly Operator s_clampInPlace = new("aten::clamp_");
        private static readonly Operator s_clampTensorInPlace = new("aten::clamp_", "Tensor");
        private static readonly Operator s_clip = new("aten::clip");
        private static readonly Operator s_clampMax = new("aten::clamp_max");
        private static readonly Operator s_clampMaxInPlace = new("aten::clamp_max_");
        private static readonly Operator s_clampMin = new("aten::clamp_min");
        private static readonly Operator s_clampMinInPlace = new("aten::clamp_min_");
        private static readonly Operator s_nanToNum = new("aten::nan_to_num");
        private static readonly Operator s_nanToNumInPlace = new("aten::nan_to_num_");
        private static readonly Operator s_logit = new("aten::logit");

        public Tensor maximum(Tensor other) => s_maximum.Call(this, other);

        public Tensor minimum(Tensor other) => s_minimum.Call(this, other);

        public Tensor max(Tensor other) => s_maxOther.Call(this, other);

        public Tensor min(Tensor other) => s_minOther.Call(this, other);

        public Tensor fmax(Tensor other) => s_fmax.Call(this, other);

        public Tensor fmin(Tensor other) => s_fmin.Call(this, other);

        public Tensor atan2(Tensor other) => s_atan2.Call(this, other);

        public Tensor hypot(Tensor other) => s_hypot.Call(this, other);

        public Tensor copysign(Tensor other) => s_copysignTensor.Call(this, other);

        public Tensor logaddexp(Tensor other) => s_logaddexp.Call(this, other);

        public Tensor logaddexp2(Tensor other) => s_logaddexp2.Call(this, other);

        public Tensor xlogy(Tensor y) => s_xlogyTensor.Call(this, y);

        public Tensor xlogy(Scalar y) => s_xlogyScalarOther.Call(this, y);

        public Tensor gcd(Tensor other) => s_gcd.Call(this, other);

        public Tensor lcm(Tensor other) => s_lcm.Call(this, other);

        public Tensor heaviside(Tensor other) => s_heaviside.Call(this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => s_clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => s_clampTensor.Call(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            s_clampInPlace.CallInPlace(this, this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) =>
            s_clampTensorInPlace.CallInPlace(this, this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => s_clip.Call(this, min, max);

        public Tensor clamp_max(Scalar max) => s_clampMax.Call(this, max);

        public Tensor clamp_max_(Scalar max) => s_clampMaxInPlace.CallInPlace(this, this, max);

        public Tensor clamp_min(Scalar min) => s_clampMin.Call(this, min);

        public Tensor clamp_min_(Scalar min) => s_clampMinInPlace.CallInPlace(this, this, min);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) =>
            s_nanToNum.Call(this, nan, posinf, neginf);

        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) =>
            s_nanToNumInPlace.CallInPlace(this, this, nan, posinf, neginf);

        public Tensor logit(double? eps = null) => s_logit.Call(this, eps);
    }
}
