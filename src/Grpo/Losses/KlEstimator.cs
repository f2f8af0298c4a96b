using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How the divergence of a policy from its reference is estimated from the sampled actions, one number for each.</summary>
/// <remarks>
/// <code>
/// d = reference - policy          log-probs of the action that the policy sampled
/// k1 = -d      k2 = d^2 / 2      k3 = exp(d) - d - 1
/// </code>
/// Schulman 2020, "Approximating KL divergence", http://joschu.net/blog/kl-approx.html.
/// k3 is the one of Shao et al. 2024, arXiv:2402.03300, equation 4.
/// </remarks>
/// <param name="Name">"k1", "k2" ...</param>
/// <param name="Estimate">
/// From natural-log probabilities [B, T] under the policy in training, which have a gradient, and of the same actions under the
/// reference, which are constants: [B, T]. Pure.
/// </param>
/// <param name="Source">Where it is from.</param>
public sealed record KlEstimator(string Name, Func<torch.Tensor, torch.Tensor, torch.Tensor> Estimate, string Source) : INamed
{
    /// <summary>The log-ratio itself: unbiased, may be negative, and as a loss its mean gradient is zero.</summary>
    public const string K1 = "k1";

    /// <summary>Half the squared log-ratio: biased, with the gradient of the divergence.</summary>
    public const string K2 = "k2";

    /// <summary>Unbiased and never negative.</summary>
    public const string K3 = "k3";

    private const string Schulman = "Schulman 2020, http://joschu.net/blog/kl-approx.html";

    /// <summary>The estimators that options choose from; a package adds its own.</summary>
    public static NamedTable<KlEstimator> Table { get; } = new("KL estimator",
        new KlEstimator(K1, Kl.K1, Schulman),
        new KlEstimator(K2, Kl.K2, Schulman),
        new KlEstimator(K3, Kl.K3, $"{Schulman}; Shao et al. 2024, arXiv:2402.03300, equation 4"));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The functions of <see cref="KlEstimator"/>.</summary>
public static class Kl
{
    /// <summary>policy - reference.</summary>
    public static torch.Tensor K1(torch.Tensor policy, torch.Tensor reference) => policy - reference;

    /// <summary>(policy - reference)^2 / 2.</summary>
    public static torch.Tensor K2(torch.Tensor policy, torch.Tensor reference) => (policy - reference).square() / 2;

    /// <summary>exp(d) - d - 1 with d = reference - policy, at most <see cref="PolicyLoss.MaxLogRatio"/>.</summary>
    /// <remarks>
    /// The exponential of a larger one would swamp or overflow the sum of a whole step. An action whose log-ratio is larger has
    /// a constant k3 and no gradient.
    /// </remarks>
    public static torch.Tensor K3(torch.Tensor policy, torch.Tensor reference)
    {
        torch.Tensor logRatio = (reference - policy).clamp(max: (Scalar)PolicyLoss.MaxLogRatio);
        return logRatio.exp() - logRatio - 1;
    }
}
