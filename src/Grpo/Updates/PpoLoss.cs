using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The loss of PPO on a part of a batch: policy term + value weight x value loss - entropy weight x entropy.</summary>
internal static class PpoLoss
{
    /// <summary>Runs the policy forward on a part.</summary>
    /// <remarks>
    /// Without its term a policy that shares nothing gets no gradient, and an optimizer passes over what has none.
    /// </remarks>
    public static (torch.Tensor Loss, StepStats Stats) Of(
        IActorCritic policy, Sample[] part, GrpoOptions options, PpoOptions ppo, LossScale scale, bool criticAlone,
        Func<ActionLogProbs, torch.Tensor?> auxiliary)
    {
        (ActionLogProbs now, torch.Tensor values) =
            policy.LogProbsAndValues([.. part.Select(sample => sample.Rollout)], options.Sampling);
        torch.Tensor old = Rows(sample => sample.Old, now.LogProbs);                           // [B, T]
        torch.Tensor? reference =
            part[0].ReferenceLogProbs is null ? null : Rows(sample => sample.ReferenceLogProbs!, now.LogProbs);
        var batch = new PolicyBatch(
            now.LogProbs, old, Rows(sample => sample.Advantage.PerAction(sample.Rollout.Actions.Length), now.LogProbs),
            now.Mask, now.Entropy, reference)
        {
            Weights = part[0].Weights is null ? null : Rows(sample => sample.Weights!, now.LogProbs),
        };

        (torch.Tensor total, StepStats stats) =
            PolicyLoss.Compute(
                batch, options.Clip, scale, options.KlInLoss, options.SurrogateLoss, options.Surrogates);
        (torch.Tensor error, StepStats seen) = ppo.Critic == CriticKind.Categorical
            ? CategoricalValue.Loss(values, Rows(sample => sample.Returns!, values.select(-1, 0)), now.Mask, ppo.CriticRange, scale)
            : ValueLoss.Clipped(
                values, Rows(sample => sample.Values!, values), Rows(sample => sample.Returns!, values),
                now.Mask, ppo.ClipRangeValue, scale);
        total = criticAlone ? error * ppo.VfCoef : total + error * ppo.VfCoef;
        if (ppo.EntropyCoef != 0 && !criticAlone)
            total = total - scale.Sum(EntropyTerm.Of(now.LogProbs, old, now.Entropy), now.Mask) * ppo.EntropyCoef;
        if (auxiliary(now) is { } term)
            total = total + term;
        return (total, stats.Without(Metric.MaxLogProbDiff) + seen + Divergence(old, now));

        torch.Tensor Rows(Func<Sample, float[]> of, torch.Tensor like) => Padded.Of([.. part.Select(of)], like);
    }

    // From the policy that sampled.
    private static StepStats Divergence(torch.Tensor old, ActionLogProbs now)
    {
        using IDisposable constant = torch.no_grad();
        torch.Tensor gone = (Kl.K3(old, now.LogProbs.detach()) * now.Mask).sum();
        return StepStats.Of((Metric.ApproxKl, gone.to(torch.ScalarType.Float64).item<double>(),
            now.Mask.sum().to(torch.ScalarType.Float64).item<double>()));
    }
}
