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
public static class PpoUpdate
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

    /// <summary>Moves the weights <see cref="PpoOptions.PpoEpochs"/> times over the same rollouts.</summary>
    /// <remarks>
    /// The old log-probs are those that the sampler returned; the old values are predicted once, before the first
    /// update. The split into micro-batches does not change the gradient, the split into minibatches is one of the seed
    /// and step. After an update that found the policy further than <see cref="PpoOptions.TargetKl"/> from the one that
    /// sampled, the step ends.
    /// </remarks>
    /// <param name="policy">The policy that sampled the rollouts. Only its trainable parameters move.</param>
    /// <param name="optimizer">From <see cref="Optimizer"/>; its rates are set from the schedule.</param>
    /// <param name="batch">
    /// One step's samples; those without an action or a reward are left out. With log-probs of the reference policy where
    /// <see cref="PpoOptions.KlCoef"/> or <see cref="GrpoOptions.Beta"/> is not 0. Advantages are not looked at: PPO
    /// estimates its own.
    /// </param>
    /// <param name="options">Sampling, clip, normalisation, divergence in the loss, rate, micro-batch.</param>
    /// <param name="ppo">Everything else.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="scales">
    /// What rewards and returns are normalised by, where <see cref="PpoOptions.NeedsScales"/>; the update adds the step to it.
    /// </param>
    /// <param name="alignment">An auxiliary loss over the prompts of each update; null for none.</param>
    /// <param name="cancel">Looked at before each micro-batch; a cancelled update leaves the weights as they were before it.</param>
    /// <returns>Losses are means over the updates.</returns>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite.</exception>
    /// <exception cref="UsageException">
    /// <see cref="GrpoOptions.NumIterations"/> is set, which PPO does not have.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StepStats Apply(
        IActorCritic policy, torch.optim.Optimizer optimizer, Batch batch, GrpoOptions options, PpoOptions ppo, long seed,
        long step, RunningScales? scales = null, ModalityAlignment? alignment = null, CancellationToken cancel = default)
    {
        OptionsCheck.Validate(options);
        OptionsCheck.Validate(ppo);
        Check(batch, options, ppo);
        if (ppo.NeedsScales && scales is null)
            throw new ArgumentException("rewards or returns that are normalised need the run's scales", nameof(scales));
        if (!batch.Any(sample => PpoExperience.Counts(sample, options)))
            return StepStats.Of((Metric.Loss, 0, 1), (Metric.PolicyLoss, 0, 1), (Metric.ValueLoss, 0, 1), (Metric.Updates, 0, 1));
        (Batch experience, StepStats stats) = PpoExperience.Of(policy, batch, options, ppo, scales ?? new());
        alignment?.Observe(policy, experience.Rollouts, options);
        OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        var updates = new List<StepStats>();
        foreach (Sample[] part in Minibatches(experience, ppo, seed, step))
        {
            updates.Add(Run(policy, optimizer, part, options, ppo, step, alignment, cancel));
            if (ppo.TargetKl > 0 && updates[^1][Metric.ApproxKl] > ppo.TargetKl)
                break;
        }

        // How far the policy went is what the last update found.
        return updates.SkipLast(1).Select(update => update.Without(Metric.ApproxKl)).Append(updates[^1])
            .Aggregate(StepStats.Add) + stats + StepStats.Of((Metric.Updates, updates.Count, 1));
    }

    // Prompts in random order, their rollouts in random order: most of a prompt's rollouts fall into one minibatch,
    // whose forward pass reads the prompt once.
    private static IEnumerable<Sample[]> Minibatches(Batch batch, PpoOptions ppo, long seed, long step)
    {
        for (int epoch = 0; epoch < ppo.PpoEpochs; epoch++)
        {
            var random = new RandomStream(seed, "ppo", step, epoch);
            Sample[][] groups = [.. batch.Groups.Select(group => group.Select(i => batch[i]).ToArray())];
            random.Shuffle<Sample[]>(groups);
            foreach (Sample[] group in groups)
                random.Shuffle<Sample>(group);

            Sample[] order = [.. groups.SelectMany(group => group)];
            int parts = Math.Min(ppo.Minibatches, order.Length);
            for (int part = 0; part < parts; part++)
                yield return order[(order.Length * part / parts)..(order.Length * (part + 1) / parts)];
        }
    }

    private static StepStats Run(
        IActorCritic policy, torch.optim.Optimizer optimizer, Sample[] batch, GrpoOptions options, PpoOptions ppo, long step,
        ModalityAlignment? alignment, CancellationToken cancel)
    {
        Rollout[] rollouts = [.. batch.Select(sample => sample.Rollout)];
        LossScale scale = LossScale.Of(
            options.LossAggregation, [.. rollouts.Select(rollout => rollout.Actions.Length)], options.LongestLoss);
        IReadOnlyList<int[]> parts = MicroBatches.Plan(rollouts, options.MicroBatchSize);
        bool criticAlone = step <= ppo.CriticWarmup;
        using AlignmentTerm? aligned = criticAlone ? null : alignment?.Term(policy, rollouts, parts, options, observe: false);
        var job = new UpdateJob(
            step, rollouts, parts, policy.Trainable, options.MaxGradNorm,
            part => PpoLoss.Of(
                policy, [.. part.Select(i => batch[i])], options, ppo, scale, criticAlone, now => aligned?.Share(now, part)),
            cancel);
        return OptimizerStep.Run(job, optimizer) + StepStats.Of((Metric.PolicyLoss, 0, 1), (Metric.ValueLoss, 0, 1))
            + (aligned?.Stats ?? StepStats.Empty);
    }

    private static void Check(Batch batch, GrpoOptions options, PpoOptions ppo)
    {
        if (options.NumIterations != 1)
            throw OptionException.Breaks(
                nameof(options.NumIterations), options.NumIterations, "must be 1 in PPO, which makes PpoEpochs passes instead", 1);
        if (options.Regularizer is not { EntropyBonus: 0, EntropyTarget: 0, TopEntropyQuantile: 1, KlInReward: false })
            throw new UsageException(
                "EntropyBonus, EntropyTarget, TopEntropyQuantile and KlInReward are of GRPO; PPO has EntropyCoef and KlCoef", "PPO",
                "EntropyCoef = 0.01 for EntropyBonus, KlCoef = 0.05 for KlInReward");
        if (SurrogateLoss.Table[options.SurrogateLoss].Picks)
            throw OptionException.Breaks(
                nameof(options.Surrogate), options.Surrogate,
                "must not pick tokens from the whole step in PPO, whose updates see minibatches",
                SurrogateLoss.PpoClip);

        if (options.KlEstimator == KlEstimator.Full)
            throw OptionException.Breaks(
                nameof(options.KlEstimator), options.KlEstimator, "must be an estimate from sampled actions in PPO", KlEstimator.K3);
        RefuseGroups(options);
        if (!batch.Any(sample => sample.Rollout.Actions.Length > 0 && !double.IsNaN(sample.Score.Value)))
            throw new ArgumentException("no rollout of the step has an action and a reward");
        if (!batch.HasReference && (ppo.KlCoef != 0 || options.Beta != 0))
            throw new ArgumentException("a divergence that has a weight needs the reference's log-probs");
    }

    private static void RefuseGroups(GrpoOptions options)
    {
        const string Unset = "must be left unset in PPO, which compares no groups";
        if (options.AdvantageEstimator is not null)
            throw OptionException.Breaks(nameof(options.AdvantageEstimator), options.AdvantageEstimator, Unset, null);
        if (options.ZeroVariance != ZeroVariance.Keep)
            throw OptionException.Breaks(nameof(options.ZeroVariance), options.ZeroVariance, Unset, null);
        if ((options.GroupMeanMin ?? options.GroupMeanMax) is { } bound)
            throw OptionException.Breaks(
                options.GroupMeanMin is null ? nameof(options.GroupMeanMax) : nameof(options.GroupMeanMin), bound, Unset, null);
    }
}
