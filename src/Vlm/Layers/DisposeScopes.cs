using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>Frees what a step computed on the way to its result, before the next step computes its own.</summary>
/// <remarks>
/// Without it everything that twenty layers compute lives until the caller's scope ends. A training pass keeps what its
/// gradients need all the same: the graph holds it.
/// </remarks>
internal static class DisposeScopes
{
    /// <summary>The result, which belongs to the caller's scope; the rest is freed.</summary>
    internal static Tensor Return(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }
}
