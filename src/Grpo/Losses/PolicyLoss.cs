using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The policy-gradient loss of GRPO and PPO. Pure: no state, no model, no randomness.</summary>
/// <remarks>
/// <code>
/// ratio[b,t] = exp(new[b,t] - old[b,t])
/// loss       = sum over actions of (-surrogate * kept * importance weight + weight * kl), aggregated by <see cref="LossScale"/>
/// </code>
/// The surrogate is a row of <see cref="SurrogateLoss.Table"/>. Group-relative advantages and the divergence in the loss: Shao et
/// al. 2024, arXiv:2402.03300, equation 3.
/// Differs from it: log-ratios are clipped to +-<see cref="MaxLogRatio"/>, so no ratio overflows.
/// </remarks>
public static class PolicyLoss
{
    /// <summary>Nats that the log-ratio is clipped to, on both sides.</summary>
    public const double MaxLogRatio = 20;

    private static readonly SurrogateOptions s_defaults = new();
    private static readonly KlTerm s_measured = new(0);

    /// <summary>The loss of a batch, or of a part of one.</summary>
    /// <param name="batch">Log-probs, advantages and mask. Padding may hold anything, NaN included.</param>
    /// <param name="clip">How far the ratio may move.</param>
    /// <param name="scale">Aggregation, with the divisor of the whole step.</param>
    /// <param name="kl">The divergence term; needs <see cref="PolicyBatch.Reference"/>. Null has none.</param>
    /// <param name="surrogate">
    /// A name of <see cref="SurrogateLoss.Table"/>; null takes the clipped one, with the dual clip where that has a bound.
    /// </param>
    /// <param name="options">Constants of single surrogates; null for the defaults.</param>
    /// <returns>A scalar to minimise, and the statistics to log with it.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit, or a divergence without a reference.</exception>
    /// <exception cref="UsageException">A name that is in no table.</exception>
    public static (torch.Tensor Loss, StepStats Stats) Compute(
        PolicyBatch batch, ClipRange clip, LossScale scale, KlTerm? kl = null, string? surrogate = null,
        SurrogateOptions? options = null)
    {
        Check(batch, kl);
        torch.Tensor mask = batch.Mask.to(batch.New.dtype);                                    // [B, T]
        torch.Tensor padding = mask.eq((Scalar)0);                                             // [B, T]
        torch.Tensor current = Clean(batch.New, padding);                                      // [B, T]
        torch.Tensor logRatio = current - Clean(batch.Old, padding);                           // [B, T]
        torch.Tensor ratio = logRatio.clamp((Scalar)(-MaxLogRatio), (Scalar)MaxLogRatio).exp();  // [B, T]
        torch.Tensor a = batch.Advantages.dim() == 1 ? batch.Advantages.unsqueeze(1) : batch.Advantages;

        SurrogateLoss chosen = SurrogateLoss.Table[surrogate ?? DefaultFor(clip)];
        var input = new SurrogateInput(logRatio, ratio, a, mask, clip)
        {
            LogProbs = current,
            Options = options ?? s_defaults,
            Picked = batch.Picked,
            Weights = batch.Weights is { } weights ? weights.masked_fill(padding, (Scalar)1) : null,
        };
        input = input with { Kept = Kept(batch, input, padding) };
        torch.Tensor policy = scale.Sum(-Surrogate(chosen, input), mask);                      // scalar
        torch.Tensor? divergence = batch.Divergence is { } whole ? Clean(whole, padding)
            : batch.Reference is { } reference ? Divergence(current, Clean(reference, padding), ratio, kl) : null;
        torch.Tensor loss = kl is { Weight: not 0 } ? policy + scale.Sum(divergence!, mask) * kl.Weight : policy;

        using (torch.no_grad())
            return (loss, Count(input, chosen.ClippedRatio(input), divergence, batch.Entropy, padding, policy));
    }

    private static torch.Tensor Surrogate(SurrogateLoss chosen, SurrogateInput input)
    {
        torch.Tensor terms = chosen.Compute(input);                                            // [B, T] or [B, 1]
        if (chosen.WeighsItself)
            return terms;
        terms = input.Kept is null ? terms : terms * input.Kept;
        return input.Weights is null ? terms : terms * input.Weights;
    }

    private static torch.Tensor? Kept(PolicyBatch batch, SurrogateInput input, torch.Tensor padding)
    {
        torch.Tensor? kept = batch.Kept is { } given ? Clean(given, padding) : null;
        if (input.Options.OffPolicyThreshold is var threshold && threshold == 0)
            return kept;
        torch.Tensor near = OffPolicyMask.Of(
            input.LogProbs, Clean(batch.Sampler ?? batch.Old, padding), input.Advantages, input.Mask, threshold);
        return kept is null ? near * torch.ones_like(input.Mask) : near * kept;
    }

    private static torch.Tensor Divergence(torch.Tensor current, torch.Tensor reference, torch.Tensor ratio, KlTerm? kl)
    {
        KlTerm term = kl ?? s_measured;
        torch.Tensor divergence = KlEstimator.Table[term.Estimator].Bounded(current, reference, term.Bound);  // [B, T]
        return term.RatioWeighted ? divergence * ratio : divergence;
    }

    private static string DefaultFor(ClipRange clip) => clip.Dual is null ? SurrogateLoss.PpoClip : SurrogateLoss.DualClip;

    private static StepStats Count(
        SurrogateInput input, torch.Tensor held, torch.Tensor? divergence, torch.Tensor? entropy, torch.Tensor padding, torch.Tensor policy)
    {
        (torch.Tensor ratio, torch.Tensor a, torch.Tensor mask) = (input.Ratio, input.Advantages, input.Mask);
        torch.Tensor low = held.lt((Scalar)(1 - input.Clip.Low)).logical_and(a.lt((Scalar)0));      // [B, T]
        torch.Tensor high = held.gt((Scalar)(1 + input.Clip.High)).logical_and(a.gt((Scalar)0));    // [B, T]
        torch.Tensor zero = torch.zeros_like(mask);
        torch.Tensor[] sums =
        [
            mask.sum(), (ratio * mask).sum(), (low * mask).sum(), (high * mask).sum(),
            ((divergence ?? zero) * mask).sum(),
            (Clean(entropy ?? zero, padding) * mask).sum(), policy, (input.LogRatio.abs() * mask).max(),
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
            ("reference log-probs", batch.Reference), ("entropy", batch.Entropy), ("weights", batch.Weights),
            ("sampler's log-probs", batch.Sampler), ("kept", batch.Kept), ("picked", batch.Picked), ("divergence", batch.Divergence));
        long[] rows = [batch.New.shape[0]];
        if (!batch.Advantages.shape.SequenceEqual(rows) && !batch.Advantages.shape.SequenceEqual(batch.New.shape))
            throw new ArgumentException(
                $"advantages {Shapes.Show(batch.Advantages)} must be one per completion, {Shapes.Show(rows)}, "
                + $"or one per action, {Shapes.Show(batch.New)}");
        if (kl is { Weight: not 0 } && batch.Reference is null && batch.Divergence is null)
            throw new ArgumentException($"a divergence weighted {kl.Weight} needs the reference's log-probs");
    }
}
