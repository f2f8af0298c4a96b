using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How the divergence from the reference policy is estimated from the sampled actions.</summary>
public enum KlEstimator
{
    /// <summary>The log-ratio itself: unbiased, may be negative, and as a loss its mean gradient is zero.</summary>
    K1,

    /// <summary>Half the squared log-ratio: biased, with the gradient of the divergence.</summary>
    K2,

    /// <summary>Unbiased and never negative.</summary>
    K3,
}

/// <summary>Estimates of the divergence of a policy from its reference, one per action.</summary>
/// <remarks>
/// <code>
/// d = reference - policy          log-probs of the action that the policy drew
/// k1 = -d      k2 = d^2 / 2      k3 = exp(d) - d - 1
/// </code>
/// Schulman 2020, "Approximating KL divergence", http://joschu.net/blog/kl-approx.html.
/// k3 is the one of Shao et al. 2024, arXiv:2402.03300, equation 4.
/// </remarks>
public static class Kl
{
    /// <summary>
    /// Nats above which k3 takes the gap for this large: exp of a larger one would swamp or overflow the sum of a whole
    /// step. An action whose gap is larger has a constant k3 and no gradient.
    /// </summary>
    public const double MaxGap = 20;

    /// <summary>The chosen estimate.</summary>
    /// <param name="policy">[B, T] natural-log probabilities under the policy in training; has a gradient.</param>
    /// <param name="reference">[B, T] the same actions under the reference; a constant.</param>
    /// <param name="estimator">Which.</param>
    /// <returns>[B, T].</returns>
    public static torch.Tensor Estimate(torch.Tensor policy, torch.Tensor reference, KlEstimator estimator) =>
        estimator switch
        {
            KlEstimator.K1 => K1(policy, reference),
            KlEstimator.K2 => K2(policy, reference),
            _ => K3(policy, reference),
        };

    /// <summary>policy - reference.</summary>
    public static torch.Tensor K1(torch.Tensor policy, torch.Tensor reference) => policy - reference;

    /// <summary>(policy - reference)^2 / 2.</summary>
    public static torch.Tensor K2(torch.Tensor policy, torch.Tensor reference) => (policy - reference).square() / 2;

    /// <summary>exp(d) - d - 1 with d = reference - policy, held at <see cref="MaxGap"/>.</summary>
    public static torch.Tensor K3(torch.Tensor policy, torch.Tensor reference)
    {
        torch.Tensor gap = (reference - policy).clamp(max: (Scalar)MaxGap);
        return gap.exp() - gap - 1;
    }
}
