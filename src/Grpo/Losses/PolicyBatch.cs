using TorchSharp;

namespace Vlm.Grpo;

/// <summary>How far the probability ratio may move before its gradient stops.</summary>
/// <param name="Low">Below 1; above 0 and at most 1.</param>
/// <param name="High">Above 1; above 0.</param>
/// <param name="Dual">Largest ratio that counts against a bad completion, above 1 + High; null sets none.</param>
public sealed record ClipRange(double Low, double High, double? Dual = null);

/// <summary>Log-probs of the same actions under several policies, padded on the right.</summary>
/// <param name="New">[B, T] natural log, under the policy in training; has a gradient.</param>
/// <param name="Old">[B, T] under the policy that sampled; a constant.</param>
/// <param name="Advantages">[B] one per completion, or [B, T] one per action.</param>
/// <param name="Mask">[B, T] 1 on actions, 0 on padding.</param>
/// <param name="Entropy">[B, T] in nats, for the statistics; null leaves them out.</param>
/// <param name="Reference">[B, T] under the reference policy; null leaves the divergence out.</param>
public sealed record PolicyBatch(
    torch.Tensor New, torch.Tensor Old, torch.Tensor Advantages, torch.Tensor Mask, torch.Tensor? Entropy = null,
    torch.Tensor? Reference = null)
{
    /// <summary>[B, T] weights of actions that another engine sampled, from <see cref="ImportanceCorrection"/>; null for 1.</summary>
    public torch.Tensor? Weights { get; init; }

    /// <summary>[B, T] under that engine, for <see cref="SurrogateOptions.OffPolicyThreshold"/>; null where Old is it.</summary>
    public torch.Tensor? Sampler { get; init; }

    /// <summary>[B, T] 1 on the actions whose surrogate counts; null for all. The divergence counts all.</summary>
    public torch.Tensor? Kept { get; init; }

    /// <summary>[B, T] the divergence of whole distributions, in place of an estimate; has a gradient. Null for an estimate.</summary>
    public torch.Tensor? Divergence { get; init; }

    /// <summary>[B, T] 1 on the actions that <see cref="Covariance"/> picked from the whole step.</summary>
    public torch.Tensor? Picked { get; init; }
}

/// <summary>The divergence term of the loss.</summary>
/// <param name="Weight">What its estimate is multiplied by, in the loss.</param>
/// <param name="Estimator">A name of <see cref="KlEstimator.Table"/>.</param>
public sealed record KlTerm(double Weight, string Estimator = KlEstimator.K3)
{
    /// <summary>What an action's estimate is held at, in nats; 0 for nothing. 10 in verl and EasyR1, for k3, and in OpenRLHF, for all.</summary>
    public double Bound { get; init; }

    /// <summary>
    /// The estimate is multiplied by the ratio of new policy to old, with its gradient: unbiased after the first update of a step
    /// (DeepSeek-V3.2, arXiv:2512.02556; TRL's <c>use_bias_correction_kl</c>).
    /// </summary>
    public bool RatioWeighted { get; init; }
}
