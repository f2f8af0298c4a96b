using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Two or three tensors in, their numbers combined place by place.
    public partial class Tensor
    {
        private static readonly Operator s_addTensor = new("aten::add", "Tensor");
        private static readonly Operator s_addScalar = new("aten::add", "Scalar");
        private static readonly Operator s_addTensorInPlace = new("aten::add_", "Tensor");
        private static readonly Operator s_addScalarInPlace = new("aten::add_", "Scalar");
        private static readonly Operator s_subTensor = new("aten::sub", "Tensor");
        private static readonly Operator s_subScalar = new("aten::sub", "Scalar");
        private static readonly Operator s_subTensorInPlace = new("aten::sub_", "Tensor");
        private static readonly Operator s_subScalarInPlace = new("aten::sub_", "Scalar");
        private static readonly Operator s_mulTensor = new("aten::mul", "Tensor");
        private static readonly Operator s_mulScalar = new("aten::mul", "Scalar");
        private static readonly Operator s_mulTensorInPlace = new("aten::mul_", "Tensor");
        private static readonly Operator s_mulScalarInPlace = new("aten::mul_", "Scalar");
        private static readonly Operator s_divTensorMode = new("aten::div", "Tensor_mode");
        private static readonly Operator s_divScalarMode = new("aten::div", "Scalar_mode");
        private static readonly Operator s_divTensorModeInPlace = new("aten::div_", "Tensor_mode");
        private static readonly Operator s_divScalarModeInPlace = new("aten::div_", "Scalar_mode");
        private static readonly Operator s_divTensor = new("aten::div", "Tensor");
        private static readonly Operator s_floorDivide = new("aten::floor_divide");
        private static readonly Operator s_floorDivideScalar = new("aten::floor_divide", "Scalar");
        private static readonly Operator s_remainderTensor = new("aten::remainder", "Tensor");
        private static readonly Operator s_remainderScalar = new("aten::remainder", "Scalar");
        private static readonly Operator s_remainderTensorInPlace = new("aten::remainder_", "Tensor");
        private static readonly Operator s_remainderScalarInPlace = new("aten::remainder_", "Scalar");
        private static readonly Operator s_fmodTensor = new("aten::fmod", "Tensor");
        private static readonly Operator s_fmodScalar = new("aten::fmod", "Scalar");
        private static readonly Operator s_powTensorTensor = new("aten::pow", "Tensor_Tensor");
        private static readonly Operator s_powTensorScalar = new("aten::pow", "Tensor_Scalar");
        private static readonly Operator s_powTensorInPlace = new("aten::pow_", "Tensor");
        private static readonly Operator s_powScalarInPlace = new("aten::pow_", "Scalar");
        private static readonly Operator s_floatPowerTensorTensor = new("aten::float_power", "Tensor_Tensor");
        private static readonly Operator s_addcmul = new("aten::addcmul");
        private static readonly Operator s_addcmulInPlace = new("aten::addcmul_");
        private static readonly Operator s_addcdiv = new("aten::addcdiv");
        private static readonly Operator s_addcdivInPlace = new("aten::addcdiv_");
        private static readonly Operator s_lerpTensor = new("aten::lerp", "Tensor");
        private static readonly Operator s_lerpTensorInPlace = new("aten::lerp_", "Tensor");

        public Tensor add(Tensor target) => s_addTensor.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => s_addTensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => s_addScalar.Call(this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => s_addScalar.Call(this, scalar, alpha);

        public Tensor add_(Tensor target) => s_addTensorInPlace.CallInPlace(this, this, target);

        public Tensor add_(Tensor target, Scalar alpha) => s_addTensorInPlace.CallInPlace(this, this, target, alpha);

        public Tensor add_(Scalar scalar) => s_addScalarInPlace.CallInPlace(this, this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => s_addScalarInPlace.CallInPlace(this, this, scalar, alpha);

        public Tensor sub(Tensor target) => s_subTensor.Call(this, target);

        public Tensor sub(Scalar target) => s_subScalar.Call(this, target);

        public Tensor sub_(Tensor target) => s_subTensorInPlace.CallInPlace(this, this, target);

        public Tensor sub_(Scalar target) => s_subScalarInPlace.CallInPlace(this, this, target);

        public Tensor subtract(Tensor target) => s_subTensor.Call(this, target);

        public Tensor subtract(Scalar target) => s_subScalar.Call(this, target);

        public Tensor mul(Tensor target) => s_mulTensor.Call(this, target);

        public Tensor mul(Scalar target) => s_mulScalar.Call(this, target);

        public Tensor mul_(Tensor target) => s_mulTensorInPlace.CallInPlace(this, this, target);

        public Tensor mul_(Scalar target) => s_mulScalarInPlace.CallInPlace(this, this, target);

        public Tensor multiply(Tensor target) => s_mulTensor.Call(this, target);

        public Tensor multiply(Scalar target) => s_mulScalar.Call(this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divTensorMode.Call(this, target, Name(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divScalarMode.Call(this, target, Name(rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divTensorModeInPlace.CallInPlace(this, this, target, Name(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divScalarModeInPlace.CallInPlace(this, this, target, Name(rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divTensorMode.Call(this, target, Name(rounding_mode));

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            s_divScalarMode.Call(this, target, Name(rounding_mode));

        public Tensor true_divide(Tensor other) => s_divTensor.Call(this, other);

        public Tensor floor_divide(Tensor other) => s_floorDivide.Call(this, other);

        public Tensor floor_divide(Scalar other) => s_floorDivideScalar.Call(this, other);

        public Tensor remainder(Tensor target) => s_remainderTensor.Call(this, target);

        public Tensor remainder(Scalar scalar) => s_remainderScalar.Call(this, scalar);

        public Tensor remainder_(Tensor target) => s_remainderTensorInPlace.CallInPlace(this, this, target);

        public Tensor remainder_(Scalar scalar) => s_remainderScalarInPlace.CallInPlace(this, this, scalar);

        public Tensor fmod(Tensor target) => s_fmodTensor.Call(this, target);

        public Tensor fmod(Scalar scalar) => s_fmodScalar.Call(this, scalar);

        public Tensor pow(Tensor exponent) => s_powTensorTensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => s_powTensorScalar.Call(this, exponent);

        public Tensor pow_(Tensor exponent) => s_powTensorInPlace.CallInPlace(this, this, exponent);

        public Tensor pow_(Scalar exponent) => s_powScalarInPlace.CallInPlace(this, this, exponent);

        public Tensor float_power(Tensor target) => s_floatPowerTensorTensor.Call(this, target);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            s_addcmul.Call(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            s_addcmulInPlace.CallInPlace(this, this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => s_addcdiv.Call(this, tensor1, tensor2);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            s_addcdiv.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) =>
            s_addcdivInPlace.CallInPlace(this, this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            s_addcdivInPlace.CallInPlace(this, this, tensor1, tensor2, value);

        public Tensor lerp(Tensor end, Tensor weight) => s_lerpTensor.Call(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => s_lerpTensorInPlace.CallInPlace(this, this, end, weight);
    }
}
