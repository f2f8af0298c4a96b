using TorchSharp;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>
/// The update stage with a critic: proximal policy optimisation over the actions of one step's rollouts.
/// </summary>
/// <remarks>
/// Schulman et al. 2017, arXiv:1707.06347, algorithm 1, on completions as Ouyang et al. 2022, arXiv:2203.02155,
/// section 3.5: the score comes with the last action, the divergence from a reference with each.
/// </remarks>
public static class PpoStep
{
    /// <summary>AdamW over what an actor-critic may move, the critic at a rate of its own.</summary>
    /// <exception cref="UsageException">Weights of float16 would be trained.</exception>
    public static FusedAdamW Optimizer(IActorCritic policy, UpdateOptions options, PpoOptions ppo)
    {
        OptionsCheck.Validate(options);
        OptionsCheck.Validate(ppo);
        var critic = policy.Critic.Select(parameter => parameter.Name).ToHashSet();
        return new FusedAdamW(
        [
            OptimizerStep.Group(
                policy.Trainable.Where(parameter => !critic.Contains(parameter.Name)), options.LearningRate, options),
            OptimizerStep.Group(policy.Critic, ppo.ValueLearningRate, options),
        ]);
    }

    /// <summary>Moves the weights <see cref="PpoOptions.Epochs"/> times over the same rollouts.</summary>
    /// <remarks>
    /// The old log-probs are those that the sampler returned; the old values are predicted once, before the first
    /// update. The split into micro-batches does not change the gradient, the split into minibatches is one of the seed
    /// and step. After an update that found the policy further than <see cref="PpoOptions.TargetKl"/> from the one that
    /// sampled, the step ends.
    /// </remarks>
    /// <param name="policy">The policy that sampled the rollouts. Only its trainable parameters move.</param>
    /// <param name="optimizer">From <see cref="Optimizer"/>; its rates are set from the schedule.</param>
    /// <param name="rollouts">One step's rollouts. Those without an action teach nothing.</param>
    /// <param name="rewards">
    /// One per rollout, its score or what was made of it, such as a group's advantage; NaN leaves the rollout out.
    /// </param>
    /// <param name="options">Sampling, clip, normalisation, divergence in the loss, rate, micro-batch.</param>
    /// <param name="ppo">Everything else.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="reference">
    /// Log-probs of the same actions under the reference policy, as <see cref="ReferencePolicy"/> gives them; needed
    /// where <see cref="PpoOptions.RewardKl"/> or <see cref="GrpoOptions.KlWeight"/> is not 0.
    /// </param>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    /// <exception cref="UsageException">
    /// <see cref="GrpoOptions.Iterations"/> is set, which PPO does not have.
    /// </exception>
    public static PpoStats Update(
        IActorCritic policy, torch.optim.Optimizer optimizer, IReadOnlyList<Rollout> rollouts,
        IReadOnlyList<double> rewards, GrpoOptions options, PpoOptions ppo, long seed, long step,
        IReadOnlyList<float[]>? reference = null)
    {
        OptionsCheck.Validate(options);
        OptionsCheck.Validate(ppo);
        Check(rollouts, rewards, options, ppo, reference);
        PpoExperiences step0 = PpoExperiences.Gather(policy, rollouts, rewards, options, ppo, reference);
        double rate = OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        var updates = new List<PpoUpdate>();
        foreach (PpoExperience[] batch in Batches(step0.Items, ppo, seed, step))
        {
            updates.Add(Run(policy, optimizer, batch, options, ppo, step));
            if (ppo.TargetKl > 0 && updates[^1].OldKl > ppo.TargetKl)
                break;
        }

        return Summary(updates, step0, rate);
    }

    // Prompts in random order, their rollouts in random order: most of a prompt's rollouts fall into one minibatch,
    // whose forward pass reads the prompt once.
    private static IEnumerable<PpoExperience[]> Batches(PpoExperience[] items, PpoOptions ppo, long seed, long step)
    {
        for (int epoch = 0; epoch < ppo.Epochs; epoch++)
        {
            var random = new RandomStream(seed, "ppo", step, epoch);
            PpoExperience[][] groups =
                [.. items.GroupBy(item => item.Rollout.Prompt, Same).Select(group => group.ToArray())];
            random.Shuffle<PpoExperience[]>(groups);
            foreach (PpoExperience[] group in groups)
                random.Shuffle<PpoExperience>(group);

            PpoExperience[] order = [.. groups.SelectMany(group => group)];
            int parts = Math.Min(ppo.Minibatches, order.Length);
            for (int part = 0; part < parts; part++)
                yield return order[(order.Length * part / parts)..(order.Length * (part + 1) / parts)];
        }
    }

    private static IEqualityComparer<Prompt> Same => ReferenceEqualityComparer.Instance;

    private static PpoUpdate Run(
        IActorCritic policy, torch.optim.Optimizer optimizer, PpoExperience[] batch, GrpoOptions options,
        PpoOptions ppo, long step)
    {
        Rollout[] rollouts = [.. batch.Select(item => item.Rollout)];
        LossScale scale = LossScale.Of(
            options.Normalisation, [.. rollouts.Select(rollout => rollout.Actions.Length)], options.MaxNewTokens);
        (var values, double kl) = (new ValueStats(0), 0.0);
        var job = new UpdateJob(
            step, rollouts, MicroBatches.Plan(rollouts, options.MicroBatch),
            [.. policy.Trainable.Select(parameter => parameter.Value)], options.MaxGradNorm,
            part =>
            {
                PpoLoss loss = PpoLoss.Of(
                    policy, [.. part.Select(i => batch[i])], options, ppo, scale, criticAlone: step <= ppo.CriticWarmup);
                (values, kl) = (values + loss.Values, kl + loss.OldKlSum);
                return (loss.Total, loss.Actions);
            });
        return new(OptimizerStep.Run(job, optimizer), values, kl / values.Actions);
    }

    private static PpoStats Summary(List<PpoUpdate> updates, PpoExperiences step0, double rate)
    {
        LossStats actions = updates.Select(update => update.Step.Actions).Aggregate(LossStats.Add);
        ValueStats values = updates.Select(update => update.Values).Aggregate(ValueStats.Add);
        var policy = new StepStats(
            updates.Average(update => update.Step.Loss), actions.PolicyTerm / updates.Count,
            updates.Average(update => update.Step.GradNorm), rate, step0.LogProbDifference, actions);
        return new(
            policy, values.Loss / updates.Count, values.Clipped, step0.ExplainedVariance, step0.ValueMean,
            step0.ReturnMean, updates[^1].OldKl, updates.Count);
    }

    private static void Check(
        IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> rewards, GrpoOptions options, PpoOptions ppo,
        IReadOnlyList<float[]>? reference)
    {
        if (options.Iterations != 1)
            throw OptionException.Breaks(
                nameof(options.Iterations), options.Iterations, "must be 1 in PPO, which makes Epochs passes instead", 1);
        if (rewards.Count != rollouts.Count || reference is not null && reference.Count != rollouts.Count)
            throw new ArgumentException(
                $"{rollouts.Count} rollouts, {rewards.Count} rewards"
                + (reference is null ? "" : $" and {reference.Count} references") + " must be as many");
        if (rewards.Index().FirstOrDefault(reward => double.IsInfinity(reward.Item), (-1, 0)) is { Index: >= 0 } wrong)
            throw new ArgumentException(
                $"reward {wrong.Index}, of prompt {rollouts[wrong.Index].Prompt.Id}, is infinite");
        if (rollouts.FirstOrDefault(rollout => rollout.LogProbs.Length != rollout.Actions.Length) is { } odd)
            throw new ArgumentException(
                $"a rollout of prompt {odd.Prompt.Id} has {odd.Actions.Length} actions and "
                + $"{odd.LogProbs.Length} log-probs");
        if (!rollouts.Zip(rewards).Any(pair => pair.First.Actions.Length > 0 && !double.IsNaN(pair.Second)))
            throw new ArgumentException("no rollout of the step has an action and a reward");
        if (reference is null && (ppo.RewardKl != 0 || options.KlWeight != 0))
            throw new ArgumentException("a divergence that has a weight needs the reference's log-probs");
    }

    private sealed record PpoUpdate(UpdateStats Step, ValueStats Values, double OldKl);
}
