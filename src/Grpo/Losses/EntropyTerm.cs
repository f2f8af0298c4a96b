using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The mean entropy of the policy, with its gradient, from the sampled actions alone.</summary>
/// <remarks>
/// <code>
/// gradient of H = - E over sampled actions of ratio * (log p + H) * gradient of log p
/// </code>
/// The identity of the policy gradient (Williams 1992, https://doi.org/10.1007/BF00992696) for the reward -log p, with
/// the exact entropy as its baseline; ratio = new probability / old. So no distribution over all tokens is kept for the
/// backward pass. The expectation is exact at any ratio; the ratio is at most e^<see cref="PolicyLoss.MaxLogRatio"/>.
/// </remarks>
public static class EntropyTerm
{
    /// <summary>[B, T]: its value is the entropy, its mean gradient that of the entropy.</summary>
    /// <param name="current">[B, T] natural-log probabilities under the policy in training; has a gradient.</param>
    /// <param name="old">[B, T] under the policy that sampled; a constant.</param>
    /// <param name="entropy">[B, T] of the distributions in training, in nats; a constant.</param>
    /// <exception cref="ArgumentException">Shapes that differ.</exception>
    public static torch.Tensor Of(torch.Tensor current, torch.Tensor old, torch.Tensor entropy)
    {
        Shapes.Same(("log-probs", current), ("old log-probs", old), ("entropy", entropy));
        torch.Tensor constant = current.detach();                                              // [B, T]
        torch.Tensor ratio = (constant - old).clamp(max: (Scalar)PolicyLoss.MaxLogRatio).exp();
        torch.Tensor slope = -ratio * (constant + entropy);                                    // [B, T]
        return entropy + slope * (current - constant);
    }
}
