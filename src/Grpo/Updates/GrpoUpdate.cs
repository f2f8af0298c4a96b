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
        CancellationToken cancel = default) => Apply(policy, optimizer, batch, options, step, seed: 0, cancel: cancel);

    /// <inheritdoc cref="Apply(IPolicy, torch.optim.Optimizer, Batch, GrpoOptions, long, CancellationToken)"/>
    /// <param name="policy">The policy that sampled the rollouts. Only its trainable parameters move.</param>
    /// <param name="optimizer">Over those parameters; its rates are set from the schedule.</param>
    /// <param name="batch">One step's samples.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="step">From 1: which step of the run this is.</param>
    /// <param name="seed">The run's: names the random choices of surrogates that make some, which are 0's without it.</param>
    /// <param name="alignment">An auxiliary loss over the step's prompts; null for none.</param>
    /// <param name="reference">For <see cref="KlEstimator.Full"/>, which needs more of it than log-probs; else it is not looked at.</param>
    /// <param name="cancel">Looked at before each micro-batch.</param>
    public static StepStats Apply(
        IPolicy policy, torch.optim.Optimizer optimizer, Batch batch, GrpoOptions options, long step, long seed,
        ModalityAlignment? alignment = null, ReferencePolicy? reference = null, CancellationToken cancel = default)
    {
        OptionsCheck.Validate(options);
        if (batch.All(sample => sample.Rollout.Actions.Length == 0))
            throw new ArgumentException("no rollout of the step has an action", nameof(batch));
        if (options.Regularizer.KlInReward && !batch.HasReference)
            throw new ArgumentException("a divergence in the reward needs the reference's log-probs: KlReward.Estimate", nameof(batch));
        if (batch.Any(sample => sample.IsLeftOut))
        {
            Sample[] kept = [.. batch.Where(sample => !sample.IsLeftOut)];
            return kept.Any(sample => sample.Rollout.Actions.Length > 0)
                ? Apply(policy, optimizer, new Batch(kept), options, step, seed, alignment, reference, cancel)
                : StepStats.Of((Metric.Loss, 0, 1), (Metric.PolicyLoss, 0, 1), (Metric.Updates, 0, 1));
        }

        LossScale scale = LossScale.Of(options.LossAggregation, batch, options.LongestLoss);
        bool anySignal = batch.Any(sample => sample.Rollout.Actions.Length > 0 && !sample.Advantage.IsZero);
        KlTerm kl = options.KlInLoss;
        var whole = FullDivergence.Of(reference, options);
        double bonus = options.Regularizer.EntropyBonus;
        bool moves = kl.Weight != 0 || bonus != 0 || alignment is not null
            || SurrogateLoss.Table[options.SurrogateLoss].MovesWithoutAdvantage;
        int[][] parts =
        [
            .. MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, HasSignal),
            .. MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, i => !HasSignal(i)),
        ];

        OptimizerStep.SetRate(optimizer, options.Schedule.Multiplier(step));
        return Enumerable.Range(0, options.NumIterations).Select(Run).Aggregate(StepStats.Add);

        // Where none has, the weights still move by what earlier steps left in the optimizer.
        bool HasSignal(int i) => !batch[i].Advantage.IsZero || moves || !anySignal;

        // Sampler and trainer are compared before anything has moved.
        StepStats Run(int iteration)
        {
            var selection = StepSelection.Of(policy, batch, options, new(seed, "selection", step, iteration), moved: iteration > 0);
            using AlignmentTerm? aligned = alignment?.Term(policy, batch.Rollouts, parts, options, observe: iteration == 0);
            double counted = Counted(batch, selection);
            var job = new UpdateJob(
                step, batch.Rollouts, parts, policy.Trainable, options.MaxGradNorm,
                part =>
                {
                    using IDisposable? constant = HasSignal(part[0]) ? null : torch.no_grad();
                    Rollout[] rollouts = [.. part.Select(i => batch[i].Rollout)];
                    torch.Tensor? read = whole?.Read(rollouts, options);
                    ActionLogProbs now = policy.LogProbs(rollouts, options.Sampling);
                    PolicyBatch rows = Rows(now, part, batch, selection) with
                    {
                        Divergence = read is null ? null : FullDivergence.Compare(now, read),
                    };
                    (torch.Tensor loss, StepStats stats) = PolicyLoss.Compute(
                        rows, options.Clip, scale.At(part), kl, options.SurrogateLoss, options.Surrogates);
                    loss = bonus == 0 ? loss : loss - Entropy(rows) / counted * bonus;
                    return (aligned is null ? loss : loss + aligned.Share(now, part), stats);
                },
                cancel);
            StepStats update = OptimizerStep.Run(job, optimizer) + StepStats.Of((Metric.PolicyLoss, 0, 1))
                + (aligned?.Stats ?? StepStats.Empty);
            return iteration == 0 ? update : update.Without(Metric.MaxLogProbDiff);
        }
    }

    // Of the actions that the surrogate counts, whatever the aggregation: the bonus is the mean entropy of these, as TRL's.
    private static torch.Tensor Entropy(PolicyBatch rows)
    {
        torch.Tensor mask = rows.Mask.to(rows.New.dtype);
        torch.Tensor terms = EntropyTerm.Of(rows.New, rows.Old, rows.Entropy!.to(rows.New.dtype)) * mask;
        return (rows.Kept is null ? terms : terms * rows.Kept).sum();
    }

    private static double Counted(Batch batch, StepSelection selection) => selection.Kept is { } kept
        ? Math.Max(1, kept.Sum(row => row.Sum(value => (double)value))) : batch.Sum(sample => (double)sample.Rollout.Actions.Length);

    private static PolicyBatch Rows(ActionLogProbs now, int[] numbers, Batch batch, StepSelection selection)
    {
        Sample[] part = [.. numbers.Select(i => batch[i])];
        return new(
            now.LogProbs, Of(sample => sample.Old)!, Advantages(part, now.LogProbs), now.Mask, now.Entropy,
            Of(sample => sample.ReferenceLogProbs))
        {
            Weights = Of(sample => sample.Weights),
            Sampler = part[0].OldLogProbs is null ? null : Of(sample => sample.Rollout.LogProbs),
            Picked = Selected(selection.Picked),
            Kept = Selected(selection.Kept),
        };

        torch.Tensor? Of(Func<Sample, float[]?> of) =>
            of(part[0]) is null ? null : Padded.Of([.. part.Select(sample => of(sample)!)], now.LogProbs);

        torch.Tensor? Selected(float[][]? rows) => rows is null ? null : Padded.Of([.. numbers.Select(i => rows[i])], now.LogProbs);
    }

    // [B] where each completion has one, else [B, T].
    private static torch.Tensor Advantages(Sample[] part, torch.Tensor like) =>
        part.All(sample => sample.Advantage.Count is null)
            ? torch.tensor(part.Select(sample => sample.Advantage[0]).ToArray()).to(like.dtype, like.device)
            : Padded.Of([.. part.Select(sample => sample.Advantage.PerAction(sample.Rollout.Actions.Length))], like);
}
