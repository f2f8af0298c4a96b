using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How the divergence of a policy from its reference is estimated from the sampled actions, one number for each.</summary>
/// <remarks>
/// <code>
/// d = reference - policy          log-probs of the action that the policy sampled
/// k1 = -d      k2 = d^2 / 2      k3 = exp(d) - d - 1
/// </code>
/// Schulman 2020, "Approximating KL divergence", http://joschu.net/blog/kl-approx.html. abs = |d|. A name with a plus has k2's gradient.
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

    /// <summary>The size of the log-ratio.</summary>
    public const string Abs = "abs";

    /// <summary>The value of k1 with the gradient of k2, whose mean is that of the divergence.</summary>
    public const string K1Plus = "k1+";

    /// <summary>The value of k3 with the gradient of k2.</summary>
    public const string K3Plus = "k3+";

    /// <summary>The value of abs with the gradient of k2.</summary>
    public const string AbsPlus = "abs+";

    /// <summary>No estimate: the divergence of whole distributions, <see cref="Kl.Full"/>. In no table, since it takes more than log-probs.</summary>
    public const string Full = "full";

    private const string Schulman = "Schulman 2020, http://joschu.net/blog/kl-approx.html";

    /// <summary>The estimators that options choose from; a package adds its own.</summary>
    public static NamedTable<KlEstimator> Table { get; } = new("KL estimator",
        new KlEstimator(K1, Kl.K1, Schulman),
        new KlEstimator(K2, Kl.K2, Schulman),
        new KlEstimator(K3, Kl.K3, $"{Schulman}; Shao et al. 2024, arXiv:2402.03300, equation 4"),
        new KlEstimator(Abs, Kl.Abs, "verl's and EasyR1's kl_penalty abs"),
        Plus(K1Plus, Kl.K1),
        Plus(K3Plus, Kl.K3),
        Plus(AbsPlus, Kl.Abs));

    /// <summary>True where the gradient is that of k2, whatever the value is held at.</summary>
    public bool StraightThrough { get; init; }

    /// <summary>The estimate, its size at most <paramref name="bound"/>.</summary>
    /// <param name="policy">[B, T] log-probs under the policy in training.</param>
    /// <param name="reference">[B, T] under the reference.</param>
    /// <param name="bound">In nats; 0 sets none. An action beyond it has no gradient, but for that of a straight-through one.</param>
    public torch.Tensor Bounded(torch.Tensor policy, torch.Tensor reference, double bound)
    {
        torch.Tensor value = Estimate(policy, reference);                                      // [B, T]
        if (bound == 0)
            return value;
        torch.Tensor held = value.clamp((Scalar)(-bound), (Scalar)bound);                      // [B, T]
        return StraightThrough ? value + (held - value).detach() : held;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static KlEstimator Plus(string name, Func<torch.Tensor, torch.Tensor, torch.Tensor> value) => new(
        name, (policy, reference) => Kl.StraightThrough(value(policy, reference), Kl.K2(policy, reference)),
        "verl's kl_loss_type with a plus: k2's gradient, straight through")
    {
        StraightThrough = true,
    };
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

    /// <summary>|policy - reference|.</summary>
    public static torch.Tensor Abs(torch.Tensor policy, torch.Tensor reference) => (policy - reference).abs();

    /// <summary>One estimate's value with another's gradient.</summary>
    public static torch.Tensor StraightThrough(torch.Tensor value, torch.Tensor slope) => slope - slope.detach() + value.detach();

    /// <summary>The divergence itself, from whole distributions: sum_v p(v) (log p(v) - log reference(v)).</summary>
    /// <remarks>
    /// EasyR1's kl_penalty full. Costs the memory of all actions at each place, of policy and reference both: <see cref="FullDivergence"/>.
    /// </remarks>
    /// <param name="policy">[..., V] natural log of a distribution, with a gradient; -infinity where it has no chance.</param>
    /// <param name="reference">[..., V] of the reference; a constant.</param>
    /// <returns>[...], in nats; infinite where the reference gives no chance to what the policy may do.</returns>
    public static torch.Tensor Full(torch.Tensor policy, torch.Tensor reference)
    {
        torch.Tensor never = policy.isneginf();                                                // [..., V]
        torch.Tensor gap = (policy - reference).masked_fill(never, (Scalar)0);                 // 0 * log 0 is 0
        return (policy.exp() * gap).sum(-1);
    }
}
