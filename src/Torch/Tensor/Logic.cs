using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Truth values and bits.
    public partial class Tensor
    {
        private static readonly Operator s_logicalAnd = new("aten::logical_and");
        private static readonly Operator s_bitwiseAndTensor = new("aten::bitwise_and", "Tensor");
        private static readonly Operator s_logicalAndInPlace = new("aten::logical_and_");
        private static readonly Operator s_bitwiseAndTensorInPlace = new("aten::bitwise_and_", "Tensor");
        private static readonly Operator s_logicalOr = new("aten::logical_or");
        private static readonly Operator s_bitwiseOrTensor = new("aten::bitwise_or", "Tensor");
        private static readonly Operator s_logicalOrInPlace = new("aten::logical_or_");
        private static readonly Operator s_bitwiseOrTensorInPlace = new("aten::bitwise_or_", "Tensor");
        private static readonly Operator s_logicalXor = new("aten::logical_xor");
        private static readonly Operator s_bitwiseXorTensor = new("aten::bitwise_xor", "Tensor");
        private static readonly Operator s_logicalXorInPlace = new("aten::logical_xor_");
        private static readonly Operator s_bitwiseXorTensorInPlace = new("aten::bitwise_xor_", "Tensor");
        private static readonly Operator s_logicalNot = new("aten::logical_not");
        private static readonly Operator s_logicalNotInPlace = new("aten::logical_not_");
        private static readonly Operator s_bitwiseNot = new("aten::bitwise_not");
        private static readonly Operator s_bitwiseNotInPlace = new("aten::bitwise_not_");
        private static readonly Operator s_bitwiseLeftShiftTensor = new("aten::bitwise_left_shift", "Tensor");
        private static readonly Operator s_bitwiseRightShiftTensor = new("aten::bitwise_right_shift", "Tensor");

        public Tensor logical_and(Tensor other) => s_logicalAnd.Call(this, other);

        public Tensor bitwise_and(Tensor other) => s_bitwiseAndTensor.Call(this, other);

        public Tensor logical_and_(Tensor other) => s_logicalAndInPlace.CallInPlace(this, this, other);

        public Tensor bitwise_and_(Tensor other) => s_bitwiseAndTensorInPlace.CallInPlace(this, this, other);

        public Tensor logical_or(Tensor other) => s_logicalOr.Call(this, other);

        public Tensor bitwise_or(Tensor other) => s_bitwiseOrTensor.Call(this, other);

        public Tensor logical_or_(Tensor other) => s_logicalOrInPlace.CallInPlace(this, this, other);

        public Tensor bitwise_or_(Tensor other) => s_bitwiseOrTensorInPlace.CallInPlace(this, this, other);

        public Tensor logical_xor(Tensor other) => s_logicalXor.Call(this, other);

        public Tensor bitwise_xor(Tensor other) => s_bitwiseXorTensor.Call(this, other);

        public Tensor logical_xor_(Tensor other) => s_logicalXorInPlace.CallInPlace(this, this, other);

        public Tensor bitwise_xor_(Tensor other) => s_bitwiseXorTensorInPlace.CallInPlace(this, this, other);

        public Tensor logical_not() => s_logicalNot.Call(this);

        public Tensor logical_not_() => s_logicalNotInPlace.CallInPlace(this, this);

        public Tensor bitwise_not() => s_bitwiseNot.Call(this);

        public Tensor bitwise_not_() => s_bitwiseNotInPlace.CallInPlace(this, this);

        public Tensor bitwise_left_shift(Tensor other) => s_bitwiseLeftShiftTensor.Call(this, other);

        public Tensor bitwise_right_shift(Tensor other) => s_bitwiseRightShiftTensor.Call(this, other);
    }
}
