using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The update stage: a policy, its rollouts and their advantages in, moved weights out.</summary>
public static class GrpoStep
{
    /// <summary>Moves the weights <see cref="GrpoOptions.Iterations"/> times from the same rollouts.</summary>
    /// <remarks>
    /// The old log-probs are those that the sampler returned with the rollouts. The split into micro-batches does not
    /// change the gradient: each part is divided by the tokens or completions of the whole step. Rollouts whose advantage is
    /// 0 have none where no divergence has a weight, so they are read for the statistics alone.
    /// </remarks>
    /// <param name="policy">The policy that sampled the rollouts. Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="rollouts">One step's rollouts, groups of one prompt together or not.</param>
    /// <param name="advantages">One per rollout.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="reference">
    /// Log-probs of the same actions under the reference policy, as <see cref="ReferencePolicy"/> gives them; needed
    /// where <see cref="GrpoOptions.KlWeight"/> is not 0.
    /// </param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    public static StepStats Update(
        IPolicy policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> rollouts,
        IReadOnlyList<double> advantages, GrpoOptions options, long step, IReadOnlyList<float[]>? reference = null)
    {
        OptionsCheck.Validate(options);
        Check(rollouts, advantages, reference);
        LossScale scale = LossScale.Of(
            options.Normalisation, [.. rollouts.Select(rollout => rollout.Actions.Length)], options.MaxNewTokens);
        bool taught = rollouts.Zip(advantages).Any(item => item.First.Actions.Length > 0 && item.Second != 0);
        var kl = new KlTerm(options.KlWeight, options.KlEstimator);
        var job = new UpdateJob(
            step, rollouts,
            [
                .. MicroBatches.Plan(rollouts, options.MicroBatch, Teaches),
                .. MicroBatches.Plan(rollouts, options.MicroBatch, i => !Teaches(i)),
            ],
            [.. policy.Trainable.Select(parameter => parameter.Value)], options.MaxGradNorm,
            part =>
            {
                using IDisposable? constant = Teaches(part[0]) ? null : torch.no_grad();
                return PolicyLoss.Clipped(Batch(part), options.Clip, scale, kl);
            });

        double rate = OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        UpdateStats[] updates =
            [.. Enumerable.Range(0, options.Iterations).Select(_ => OptimizerStep.Run(job, optimizer))];
        return Summary(updates, rate);

        // Where none does, the weights still move by what earlier steps left in the optimizer.
        bool Teaches(int i) => advantages[i] != 0 || kl.Weight != 0 || !taught;

        PolicyBatch Batch(int[] part)
        {
            Rollout[] chosen = [.. part.Select(i => rollouts[i])];
            ActionLogProbs now = policy.LogProbs(chosen, options.Sampling);
            double[] weights = [.. part.Select(i => advantages[i])];
            return new(
                now.LogProbs, Padded.Of([.. chosen.Select(rollout => rollout.LogProbs)], now.LogProbs),
                torch.tensor(weights).to(now.LogProbs.dtype, now.LogProbs.device), now.Mask, now.Entropy,
                reference is null ? null : Padded.Of([.. part.Select(i => reference[i])], now.LogProbs));
        }
    }

    private static StepStats Summary(UpdateStats[] updates, double rate)
    {
        LossStats actions = updates.Select(update => update.Actions).Aggregate(LossStats.Add);
        return new(
            updates.Average(update => update.Loss), actions.PolicyTerm / updates.Length,
            updates.Average(update => update.GradNorm), rate, updates[0].Actions.LargestGap, actions);
    }

    private static void Check(
        IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> advantages, IReadOnlyList<float[]>? reference)
    {
        if (advantages.Count != rollouts.Count || reference is not null && reference.Count != rollouts.Count)
            throw new ArgumentException(
                $"{rollouts.Count} rollouts, {advantages.Count} advantages"
                + (reference is null ? "" : $" and {reference.Count} references") + " must be as many");
        if (advantages.Index().FirstOrDefault(a => !double.IsFinite(a.Item), (-1, 0)) is { Index: >= 0 } wrong)
            throw new ArgumentException(
                $"advantage {wrong.Index}, of prompt {rollouts[wrong.Index].Prompt.Id}, is not finite");
        if (rollouts.FirstOrDefault(rollout => rollout.LogProbs.Length != rollout.Actions.Length) is { } odd)
            throw new ArgumentException(
                $"a rollout of prompt {odd.Prompt.Id} has {odd.Actions.Length} actions and "
                + $"{odd.LogProbs.Length} log-probs");
        if (rollouts.All(rollout => rollout.Actions.Length == 0))
            throw new ArgumentException("no rollout of the step has an action");
    }
}
