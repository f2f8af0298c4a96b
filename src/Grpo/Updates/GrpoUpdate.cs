using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The update stage: a policy and a batch with advantages in, moved weights out.</summary>
public static class GrpoUpdate
{
    /// <summary>Moves the weights <see cref="GrpoOptions.NumIterations"/> times from the same batch.</summary>
    /// <remarks>
    /// The old log-probs are those that the sampler returned with the rollouts. The split into micro-batches does not
    /// change the gradient: each part is divided by the tokens or completions of the whole step. Rollouts whose advantage is
    /// 0 have none where no divergence has a weight, so they are read for the statistics alone. Samples that are left out are no
    /// part of the step; where all are, nothing moves.
    /// </remarks>
    /// <param name="policy">The policy that sampled the rollouts. Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="batch">
    /// One step's samples, with log-probs of the reference policy where <see cref="GrpoOptions.Beta"/> is not 0.
    /// </param>
    /// <param name="options">Everything else.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="cancel">Looked at before each micro-batch; a cancelled update leaves the weights as they were before it.</param>
    /// <returns>Losses, clip, ratio, divergence, entropy: means over the updates.</returns>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StepStats Apply(
        IPolicy policy, torch.optim.Optimizer optimizer, Batch batch, GrpoOptions options, long step,
        CancellationToken cancel = default)
    {
        OptionsCheck.Validate(options);
        if (batch.All(sample => sample.Rollout.Actions.Length == 0))
            throw new ArgumentException("no rollout of the step has an action", nameof(batch));
        if (batch.Any(sample => sample.IsLeftOut))
        {
            Sample[] kept = [.. batch.Where(sample => !sample.IsLeftOut)];
            return kept.Any(sample => sample.Rollout.Actions.Length > 0)
                ? Apply(policy, optimizer, new Batch(kept), options, step, cancel)
                : StepStats.Of((Metric.Loss, 0, 1), (Metric.PolicyLoss, 0, 1), (Metric.Updates, 0, 1));
        }

        LossScale scale = LossScale.Of(
            options.LossAggregation, [.. batch.Select(sample => sample.Rollout.Actions.Length)], options.MaxNewTokens);
        bool anySignal = batch.Any(sample => sample.Rollout.Actions.Length > 0 && !sample.Advantage.IsZero);
        var kl = new KlTerm(options.Beta, options.KlEstimator);
        var job = new UpdateJob(
            step, batch.Rollouts,
            [
                .. MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, HasSignal),
                .. MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, i => !HasSignal(i)),
            ],
            policy.Trainable, options.MaxGradNorm,
            part =>
            {
                using IDisposable? constant = HasSignal(part[0]) ? null : torch.no_grad();
                return PolicyLoss.Compute(
                    Rows(policy, [.. part.Select(i => batch[i])], options), options.Clip, scale, kl, options.SurrogateLoss);
            },
            cancel);

        OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        return Enumerable.Range(0, options.NumIterations).Select(Run).Aggregate(StepStats.Add);

        // Where none has, the weights still move by what earlier steps left in the optimizer.
        bool HasSignal(int i) => !batch[i].Advantage.IsZero || kl.Weight != 0 || !anySignal;

        // Sampler and trainer are compared before anything has moved.
        StepStats Run(int iteration)
        {
            StepStats update = OptimizerStep.Run(job, optimizer) + StepStats.Of((Metric.PolicyLoss, 0, 1));
            return iteration == 0 ? update : update.Without(Metric.MaxLogProbDiff);
        }
    }

    private static PolicyBatch Rows(IPolicy policy, Sample[] part, GrpoOptions options)
    {
        ActionLogProbs now = policy.LogProbs([.. part.Select(sample => sample.Rollout)], options.Sampling);
        return new(
            now.LogProbs, Padded.Of([.. part.Select(sample => sample.Rollout.LogProbs)], now.LogProbs),
            Advantages(part, now.LogProbs), now.Mask, now.Entropy,
            part[0].ReferenceLogProbs is null
                ? null : Padded.Of([.. part.Select(sample => sample.ReferenceLogProbs!)], now.LogProbs));
    }

    // [B] where each completion has one, else [B, T].
    private static torch.Tensor Advantages(Sample[] part, torch.Tensor like) =>
        part.All(sample => sample.Advantage.Count is null)
            ? torch.tensor(part.Select(sample => sample.Advantage[0]).ToArray()).to(like.dtype, like.device)
            : Padded.Of([.. part.Select(sample => sample.Advantage.PerAction(sample.Rollout.Actions.Length))], like);
}
