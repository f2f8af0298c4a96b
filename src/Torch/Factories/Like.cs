using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Tensors with the shape, type and place of another, unless told otherwise.
    public partial class Tensor
    {
        private static readonly Operator s_zerosLike = new("aten::zeros_like");
        private static readonly Operator s_onesLike = new("aten::ones_like");
        private static readonly Operator s_emptyLike = new("aten::empty_like");
        private static readonly Operator s_fullLike = new("aten::full_like");
        private static readonly Operator s_randLike = new("aten::rand_like");
        private static readonly Operator s_randnLike = new("aten::randn_like");
        private static readonly Operator s_randintLikeLowDtype = new("aten::randint_like", "low_dtype");

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_zerosLike.Call(this, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_onesLike.Call(this, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_emptyLike.Call(this, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor full_like(
            Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_fullLike.Call(this, value, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_randLike.Call(this, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_randnLike.Call(this, dtype, Argument.None, Placed(device)).Finish(requires_grad);

        public Tensor randint_like(
            long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            s_randintLikeLowDtype.Call(this, low, high, dtype, Argument.None, Placed(device)).Finish(requires_grad);
    }

    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        input.zeros_like(dtype, device, requires_grad).Named(names);

    public static Tensor ones_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        input.ones_like(dtype, device, requires_grad).Named(names);

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        input.empty_like(dtype, device, requires_grad).Named(names);

    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        input.full_like(value, dtype, device, requires_grad).Named(names);

    public static Tensor rand_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.rand_like(dtype, device, requires_grad);

    public static Tensor randn_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randn_like(dtype, device, requires_grad);

    public static Tensor randint_like(
        Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        input.randint_like(low, high, dtype, device, requires_grad);
}
