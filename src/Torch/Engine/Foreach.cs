using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>One operator over many tensors at once: what an optimizer does to its parameters.</summary>
/// <remarks>
/// libtorch's own list operators, each one call whatever the number of tensors. Lists that are given together have one
/// length, and tensors at one place in them one shape. Empty lists are allowed and do nothing.
/// </remarks>
public static class Foreach
{
    private static readonly Operator s_addScalar = new("aten::_foreach_add_", "Scalar");
    private static readonly Operator s_add = new("aten::_foreach_add_", "List");
    private static readonly Operator s_mulScalar = new("aten::_foreach_mul_", "Scalar");
    private static readonly Operator s_mul = new("aten::_foreach_mul_", "List");
    private static readonly Operator s_divScalar = new("aten::_foreach_div_", "Scalar");
    private static readonly Operator s_div = new("aten::_foreach_div_", "List");
    private static readonly Operator s_addcmul = new("aten::_foreach_addcmul_", "Scalar");
    private static readonly Operator s_addcdiv = new("aten::_foreach_addcdiv_", "Scalar");
    private static readonly Operator s_sqrt = new("aten::_foreach_sqrt");
    private static readonly Operator s_norm = new("aten::_foreach_norm", "Scalar");

    /// <summary>tensors += number.</summary>
    public static void Add(IReadOnlyList<Tensor> tensors, Scalar number) =>
        Run(tensors, s_addScalar, Argument.Of(tensors), number);

    /// <summary>tensors += alpha * others.</summary>
    public static void Add(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> others, double alpha = 1) =>
        Run(tensors, s_add, Argument.Of(tensors), Argument.Of(others), alpha);

    /// <summary>tensors *= number.</summary>
    public static void Multiply(IReadOnlyList<Tensor> tensors, Scalar number) =>
        Run(tensors, s_mulScalar, Argument.Of(tensors), number);

    /// <summary>tensors *= others.</summary>
    public static void Multiply(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> others) =>
        Run(tensors, s_mul, Argument.Of(tensors), Argument.Of(others));

    /// <summary>tensors /= number.</summary>
    public static void Divide(IReadOnlyList<Tensor> tensors, Scalar number) =>
        Run(tensors, s_divScalar, Argument.Of(tensors), number);

    /// <summary>tensors /= others.</summary>
    public static void Divide(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> others) =>
        Run(tensors, s_div, Argument.Of(tensors), Argument.Of(others));

    /// <summary>tensors += value * left * right.</summary>
    public static void AddProduct(
        IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> left, IReadOnlyList<Tensor> right, double value = 1) =>
        Run(tensors, s_addcmul, Argument.Of(tensors), Argument.Of(left), Argument.Of(right), value);

    /// <summary>tensors += value * left / right.</summary>
    public static void AddQuotient(
        IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> left, IReadOnlyList<Tensor> right, double value = 1) =>
        Run(tensors, s_addcdiv, Argument.Of(tensors), Argument.Of(left), Argument.Of(right), value);

    /// <summary>The square roots, as new tensors.</summary>
    public static Tensor[] Sqrt(IReadOnlyList<Tensor> tensors) =>
        tensors.Count == 0 ? [] : s_sqrt.CallList(Argument.Of(tensors));

    /// <summary>The p-norm of each tensor, as new scalars.</summary>
    public static Tensor[] Norm(IReadOnlyList<Tensor> tensors, double p = 2) =>
        tensors.Count == 0 ? [] : s_norm.CallList(Argument.Of(tensors), p);

    private static void Run(IReadOnlyList<Tensor> tensors, Operator op, params ReadOnlySpan<Argument> arguments)
    {
        if (tensors.Count > 0)
            op.CallForEffect(arguments);
    }
}
