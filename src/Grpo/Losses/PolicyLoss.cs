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
    torch.Tensor? Reference = null);

/// <summary>The divergence term of the loss.</summary>
/// <param name="Weight">What its estimate is multiplied by, in the loss.</param>
/// <param name="Estimator">A name of <see cref="KlEstimator.Table"/>.</param>
public sealed record KlTerm(double Weight, string Estimator = KlEstimator.K3);

/// <summary>The policy-gradient loss of GRPO and PPO. Pure: no state, no model, no randomness.</summary>
/// <remarks>
/// <code>
/// ratio[b,t] = exp(new[b,t] - old[b,t])
/// loss       = sum over actions of (-surrogate + weight * kl), aggregated by <see cref="LossScale"/>
/// </code>
/// The surrogate is a row of <see cref="SurrogateLoss.Table"/>. Group-relative advantages and the divergence in the loss: Shao et
/// al. 2024, arXiv:2402.03300, equation 3.
/// Differs from it: log-ratios are clipped to +-<see cref="MaxLogRatio"/>, so no ratio overflows.
/// </remarks>
public static class PolicyLoss
{
    /// <summary>Nats that the log-ratio is clipped to, on both sides.</summary>
    public const double MaxLogRatio = 20;

    /// <summary>The loss of a batch, or of a part of one.</summary>
    /// <param name="batch">Log-probs, advantages and mask. Padding may hold anything, NaN included.</param>
    /// <param name="clip">How far the ratio may move.</param>
    /// <param name="scale">Aggregation, with the divisor of the whole step.</param>
    /// <param name="kl">The divergence term; needs <see cref="PolicyBatch.Reference"/>. Null has none.</param>
    /// <param name="surrogate">
    /// A name of <see cref="SurrogateLoss.Table"/>; null takes the clipped one, with the dual clip where that has a bound.
    /// </param>
    /// <returns>A scalar to minimise, and the statistics to log with it.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit, or a divergence without a reference.</exception>
    /// <exception cref="UsageException">A name that is in no table.</exception>
    public static (torch.Tensor Loss, StepStats Stats) Compute(
        PolicyBatch batch, ClipRange clip, LossScale scale, KlTerm? kl = null, string? surrogate = null)
    {
        Check(batch, kl);
        torch.Tensor mask = batch.Mask.to(batch.New.dtype);                                    // [B, T]
        torch.Tensor padding = mask.eq((Scalar)0);                                             // [B, T]
        torch.Tensor current = Clean(batch.New, padding);                                      // [B, T]
        torch.Tensor logRatio = current - Clean(batch.Old, padding);                           // [B, T]
        torch.Tensor ratio = logRatio.clamp((Scalar)(-MaxLogRatio), (Scalar)MaxLogRatio).exp();  // [B, T]
        torch.Tensor a = batch.Advantages.dim() == 1 ? batch.Advantages.unsqueeze(1) : batch.Advantages;

        SurrogateLoss chosen = SurrogateLoss.Table[surrogate ?? DefaultFor(clip)];
        torch.Tensor policy = scale.Sum(-chosen.Compute(new(logRatio, ratio, a, mask, clip)), mask);  // scalar
        torch.Tensor? divergence = batch.Reference is { } reference
            ? KlEstimator.Table[kl?.Estimator ?? KlEstimator.K3].Estimate(current, Clean(reference, padding)) : null;
        torch.Tensor loss = kl is { Weight: not 0 } ? policy + scale.Sum(divergence!, mask) * kl.Weight : policy;

        using (torch.no_grad())
            return (loss, Count(ratio, a, clip, logRatio, mask, divergence, batch.Entropy, padding, policy));
    }

    private static string DefaultFor(ClipRange clip) => clip.Dual is null ? SurrogateLoss.PpoClip : SurrogateLoss.DualClip;

    private static StepStats Count(
        torch.Tensor ratio, torch.Tensor a, ClipRange clip, torch.Tensor logRatio, torch.Tensor mask,
        torch.Tensor? divergence, torch.Tensor? entropy, torch.Tensor padding, torch.Tensor policy)
    {
        torch.Tensor low = ratio.lt((Scalar)(1 - clip.Low)).logical_and(a.lt((Scalar)0));      // [B, T]
        torch.Tensor high = ratio.gt((Scalar)(1 + clip.High)).logical_and(a.gt((Scalar)0));    // [B, T]
        torch.Tensor zero = torch.zeros_like(mask);
        torch.Tensor[] sums =
        [
            mask.sum(), (ratio * mask).sum(), (low * mask).sum(), (high * mask).sum(),
            ((divergence ?? zero) * mask).sum(),
            (Clean(entropy ?? zero, padding) * mask).sum(), policy, (logRatio.abs() * mask).max(),
        ];
        double[] all = [.. torch.stack(sums).to(torch.ScalarType.Float64).cpu().data<double>()];
        double tokens = all[0];
        return StepStats.Largest(Metric.MaxLogProbDiff, all[7]) + StepStats.Of(
            (Metric.RatioMean, all[1], tokens), (Metric.ClipFractionLow, all[2], tokens),
            (Metric.ClipFractionHigh, all[3], tokens), (Metric.ClipFraction, all[2] + all[3], tokens),
            (Metric.Kl, all[4], tokens), (Metric.Entropy, all[5], tokens), (Metric.PolicyLoss, all[6], 0));
    }

    // What padding holds must reach neither the value nor the gradient: 0 * NaN would be NaN.
    private static torch.Tensor Clean(torch.Tensor values, torch.Tensor padding) =>
        values.masked_fill(padding, (Scalar)0);

    private static void Check(PolicyBatch batch, KlTerm? kl)
    {
        Shapes.Same(("new log-probs", batch.New), ("old log-probs", batch.Old), ("mask", batch.Mask),
            ("reference log-probs", batch.Reference), ("entropy", batch.Entropy));
        long[] rows = [batch.New.shape[0]];
        if (!batch.Advantages.shape.SequenceEqual(rows) && !batch.Advantages.shape.SequenceEqual(batch.New.shape))
            throw new ArgumentException(
                $"advantages {Shapes.Show(batch.Advantages)} must be one per completion, {Shapes.Show(rows)}, "
                + $"or one per action, {Shapes.Show(batch.New)}");
        if (kl is { Weight: not 0 } && batch.Reference is null)
            throw new ArgumentException($"a divergence weighted {kl.Weight} needs the reference's log-probs");
    }
}
