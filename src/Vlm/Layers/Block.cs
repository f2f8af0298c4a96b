using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>One block of many, computed so that what it holds meanwhile does not add up over all of them.</summary>
internal static class Block
{
    /// <summary>A block of one input.</summary>
    /// <param name="checkpoint">Keep its input alone and compute it once more for its gradient, where it has one.</param>
    /// <param name="module">The block, whose parameters say whether it learns.</param>
    /// <param name="forward">Computes it.</param>
    /// <param name="x">[.., D]</param>
    public static Tensor Run(bool checkpoint, nn.Module module, Func<Tensor, Tensor> forward, Tensor x) =>
        checkpoint && HasGradient(module, x)
            ? ActivationCheckpoint.Run(inputs => [forward(inputs[0])], x)[0]
            : DisposeScopes.Return(() => forward(x));

    /// <summary>A gradient passes through it: gradients are on, and its input or a parameter has one.</summary>
    public static bool HasGradient(nn.Module module, params Tensor[] inputs) => is_grad_enabled()
        && (inputs.Any(input => input.requires_grad) || module.parameters().Any(value => value.requires_grad));
}
