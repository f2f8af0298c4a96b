using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The update stage for masked-diffusion models: a batch with advantages in, moved weights out.</summary>
/// <remarks>
/// <see cref="UniGrpoLoss"/> over the masks of <see cref="MaskSchedule"/>, which belong to the seed, the step and the completion.
/// </remarks>
public static class UniGrpoUpdate
{
    /// <summary>
    /// Moves the weights <see cref="DiffusionOptions.NumIterations"/> times from the same completions and the same masks.
    /// </summary>
    /// <remarks>
    /// The old log-probs are those of the first of these updates under the same masks; the sampler's have no part in it, which saw
    /// each token beside others. The split into micro-batches does not change the gradient.
    /// </remarks>
    /// <param name="model">That sampled the completions. Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="batch">One step's samples; those left out, or without a token, are no part of it.</param>
    /// <param name="options">Rate, schedule, micro-batch (completions, each with all its masks), bound of the gradient.</param>
    /// <param name="chosen">Masks, clip, divergence, iterations.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="cancel">Looked at before each micro-batch; a cancelled update leaves the weights as they were before it.</param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Apply(
        IMaskedDiffusion model, torch.optim.Optimizer optimizer, Batch batch, UpdateOptions options, DiffusionOptions chosen, long step,
        long seed, CancellationToken cancel = default)
    {
        OptionsCheck.Validate(options);
        OptionsCheck.Validate(chosen);
        bool[][][] drawn = [.. batch.Select((sample, i) => Masks(sample, chosen, new(seed, "diffusion-mask", step, i)))];
        int[][] parts = [.. MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, i => drawn[i].Length > 0)];
        if (parts.Length == 0)
            return StepStats.Of((Metric.Loss, 0, 1), (Metric.PolicyLoss, 0, 1), (Metric.Updates, 0, 1));

        int rows = drawn.Sum(each => each.Length);
        var old = new Dictionary<int, torch.Tensor>();
        try
        {
            return Enumerable.Range(0, chosen.NumIterations)
                .Select(_ => LossUpdate.Apply(model.Trainable, optimizer, batch.Rollouts, parts, options, step, Loss, cancel: cancel)
                    + StepStats.Of((Metric.PolicyLoss, 0, 1)))
                .Aggregate(StepStats.Add);
        }
        finally
        {
            foreach (torch.Tensor kept in old.Values)
                kept.Dispose();
        }

        (torch.Tensor, StepStats) Loss(int[] part)
        {
            MaskedResponse[] asked = [.. part.SelectMany(i => drawn[i].Select(mask => new MaskedResponse(batch[i].Rollout, mask)))];
            ActionLogProbs now = model.LogProbs(asked);
            if (!old.ContainsKey(part[0]))
                old[part[0]] = now.LogProbs.detach().clone().DetachFromDisposeScope();
            double[] advantages = [.. part.SelectMany(i => Enumerable.Repeat(batch[i].Advantage[0], drawn[i].Length))];
            (torch.Tensor loss, StepStats stats) = UniGrpoLoss.Compute(
                now, old[part[0]], torch.tensor(advantages).to(now.LogProbs.dtype, now.LogProbs.device), chosen.Clip, chosen.Beta, rows,
                chosen.SequenceRatio);
            return (loss, stats.Without(Metric.MaxLogProbDiff));
        }
    }

    private static bool[][] Masks(Sample sample, DiffusionOptions chosen, RandomStream random) =>
        sample.IsLeftOut || sample.Rollout.Tokens.Length == 0 ? []
            : MaskSchedule.Table[chosen.MaskSchedule].Draw(sample.Rollout.Tokens.Length,
                chosen.MaskLevels, chosen.MaskLow, chosen.MaskHigh, random);
}
