using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Operators of libtorch that TorchSharp does not offer, reached through TorchScript.</summary>
/// <remarks>
/// A call costs about 27 us against 11 us of a direct one, so it is for operators over many tensors at once. An error in a
/// script ends the process, so the text is a constant and a test compiles it. Lists that are given must not be empty.
/// </remarks>
internal static class Script
{
    private const string Text = """
        def adamw(weights: List[Tensor], gradients: List[Tensor], means: List[Tensor], squares: List[Tensor],
                  steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, epsilon: float) -> None:
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(weights, gradients, means, squares, none, steps, lr=rate, beta1=beta1, beta2=beta2,
                                weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)

        def norm(tensors: List[Tensor]) -> Tensor:
            return torch.stack(torch._foreach_norm(tensors, 2)).norm()

        def scale(tensors: List[Tensor], factor: float) -> None:
            torch._foreach_mul_(tensors, factor)

        def copy(targets: List[Tensor], sources: List[Tensor]) -> None:
            torch._foreach_copy_(targets, sources)

        """;

    private static readonly Lazy<jit.CompilationUnit> s_unit = new(() => jit.compile(Text));

    /// <summary>One step of AdamW over all tensors: a list each of one length; one type and device a list.</summary>
    internal static void AdamW(
        Tensor[] weights, Tensor[] gradients, Tensor[] means, Tensor[] squares, Tensor[] steps,
        double rate, double beta1, double beta2, double decay, double epsilon) =>
        Call("adamw", weights, gradients, means, squares, steps, rate, beta1, beta2, decay, epsilon);

    /// <summary>The Euclidean norm of all numbers of all tensors, as a scalar tensor on their device.</summary>
    internal static Tensor Norm(Tensor[] tensors) => (Tensor)s_unit.Value.invoke("norm", [tensors]);

    /// <summary>tensors *= factor.</summary>
    internal static void Scale(Tensor[] tensors, double factor) => Call("scale", tensors, factor);

    /// <summary>targets = sources, converted to the targets' type.</summary>
    internal static void Copy(Tensor[] targets, Tensor[] sources) => Call("copy", targets, sources);

    private static void Call(string name, params object[] arguments)
    {
        using IDisposable off = no_grad();
        _ = s_unit.Value.invoke(name, arguments);
    }
}
