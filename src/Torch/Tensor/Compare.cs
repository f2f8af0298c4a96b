using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons: truth values of the broadcast shape.
    public partial class Tensor
    {
        private static readonly Operator s_eqTensor = new("aten::eq", "Tensor");
        private static readonly Operator s_eqScalar = new("aten::eq", "Scalar");
        private static readonly Operator s_eqTensorInPlace = new("aten::eq_", "Tensor");
        private static readonly Operator s_eqScalarInPlace = new("aten::eq_", "Scalar");
        private static readonly Operator s_neTensor = new("aten::ne", "Tensor");
        private static readonly Operator s_neScalar = new("aten::ne", "Scalar");
        private static readonly Operator s_neTensorInPlace = new("aten::ne_", "Tensor");
        private static readonly Operator s_neScalarInPlace = new("aten::ne_", "Scalar");
        private static readonly Operator s_ltTensor = new("aten::lt", "Tensor");
        private static readonly Operator s_ltScalar = new("aten::lt", "Scalar");
        private static readonly Operator s_ltTensorInPlace = new("aten::lt_", "Tensor");
        private static readonly Operator s_ltScalarInPlace = new("aten::lt_", "Scalar");
        private static readonly Operator s_leTensor = new("aten::le", "Tensor");
        private static readonly Operator s_leScalar = new("aten::le", "Scalar");
        private static readonly Operator s_leTensorInPlace = new("aten::le_", "Tensor");
        private static readonly Operator s_leScalarInPlace = new("aten::le_", "Scalar");
        private static readonly Operator s_gtTensor = new("aten::gt", "Tensor");
        private static readonly Operator s_gtScalar = new("aten::gt", "Scalar");
        private static readonly Operator s_gtTensorInPlace = new("aten::gt_", "Tensor");
        private static readonly Operator s_gtScalarInPlace = new("aten::gt_", "Scalar");
        private static readonly Operator s_geTensor = new("aten::ge", "Tensor");
        private static readonly Operator s_geScalar = new("aten::ge", "Scalar");
        private static readonly Operator s_geTensorInPlace = new("aten::ge_", "Tensor");
        private static readonly Operator s_geScalarInPlace = new("aten::ge_", "Scalar");
        private static readonly Operator s_greaterTensor = new("aten::greater", "Tensor");
        private static readonly Operator s_greaterEqualTensor = new("aten::greater_equal", "Tensor");
        private static readonly Operator s_lessTensor = new("aten::less", "Tensor");
        private static readonly Operator s_lessEqualTensor = new("aten::less_equal", "Tensor");
        private static readonly Operator s_notEqualTensor = new("aten::not_equal", "Tensor");
        private static readonly Operator s_isclose = new("aten::isclose");
        private static readonly Operator s_isinTensorTensor = new("aten::isin", "Tensor_Tensor");

        public Tensor eq(Tensor target) => s_eqTensor.Call(this, target);

        public Tensor eq(Scalar target) => s_eqScalar.Call(this, target);

        public Tensor eq_(Tensor target) => s_eqTensorInPlace.CallInPlace(this, this, target);

        public Tensor eq_(Scalar target) => s_eqScalarInPlace.CallInPlace(this, this, target);

        public Tensor ne(Tensor target) => s_neTensor.Call(this, target);

        public Tensor ne(Scalar target) => s_neScalar.Call(this, target);

        public Tensor ne_(Tensor target) => s_neTensorInPlace.CallInPlace(this, this, target);

        public Tensor ne_(Scalar target) => s_neScalarInPlace.CallInPlace(this, this, target);

        public Tensor lt(Tensor target) => s_ltTensor.Call(this, target);

        public Tensor lt(Scalar target) => s_ltScalar.Call(this, target);

        public Tensor lt_(Tensor target) => s_ltTensorInPlace.CallInPlace(this, this, target);

        public Tensor lt_(Scalar target) => s_ltScalarInPlace.CallInPlace(this, this, target);

        public Tensor le(Tensor target) => s_leTensor.Call(this, target);

        public Tensor le(Scalar target) => s_leScalar.Call(this, target);

        public Tensor le_(Tensor target) => s_leTensorInPlace.CallInPlace(this, this, target);

        public Tensor le_(Scalar target) => s_leScalarInPlace.CallInPlace(this, this, target);

        public Tensor gt(Tensor target) => s_gtTensor.Call(this, target);

        public Tensor gt(Scalar target) => s_gtScalar.Call(this, target);

        public Tensor gt_(Tensor target) => s_gtTensorInPlace.CallInPlace(this, this, target);

        public Tensor gt_(Scalar target) => s_gtScalarInPlace.CallInPlace(this, this, target);

        public Tensor ge(Tensor target) => s_geTensor.Call(this, target);

        public Tensor ge(Scalar target) => s_geScalar.Call(this, target);

        public Tensor ge_(Tensor target) => s_geTensorInPlace.CallInPlace(this, this, target);

        public Tensor ge_(Scalar target) => s_geScalarInPlace.CallInPlace(this, this, target);

        public Tensor greater(Tensor target) => s_greaterTensor.Call(this, target);

        public Tensor greater_equal(Tensor target) => s_greaterEqualTensor.Call(this, target);

        public Tensor less(Tensor target) => s_lessTensor.Call(this, target);

        public Tensor less_equal(Tensor target) => s_lessEqualTensor.Call(this, target);

        public Tensor not_equal(Tensor target) => s_notEqualTensor.Call(this, target);

        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) =>
            s_isclose.Call(this, other, rtol, atol, nanEqual);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            s_isinTensorTensor.Call(this, test_elements, assumeUnique, invert);
    }
}
