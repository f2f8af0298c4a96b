using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What PPO makes of a batch before its first update: predicted values, advantages per action, returns.</summary>
internal static class PpoExperience
{
    /// <summary>True for a sample that PPO learns from: it has an action and a reward, and is not left out.</summary>
    public static bool Counts(Sample sample, GrpoOptions options) => sample.Rollout.Actions.Length > 0
        && !double.IsNaN(sample.Score.Value) && !(options.MaskTruncated && sample.Rollout.Stop == StopReason.Length);

    /// <summary>Predicts, places rewards, estimates advantages. Reads the policy once, without a gradient.</summary>
    /// <returns>The samples that count, values and returns in the critic's units, and what they show of the critic.</returns>
    public static (Batch Batch, StepStats Stats) Of(
        IActorCritic policy, Batch batch, GrpoOptions options, PpoOptions ppo, RunningScales scales)
    {
        Sample[] chosen = [.. batch.Where(sample => Counts(sample, options))];
        (float[][] raw, double gap) = Predict(policy, [.. chosen.Select(sample => sample.Rollout)], options, ppo);
        if (ppo.NormalizeRewards)
            scales.AddRewards(chosen.Select(sample => sample.Score.Value));
        double[][] values = [.. chosen.Select((sample, k) => CriticUnits.Restore(raw[k], sample, ppo, scales))];
        GaeResult[] rows = [.. chosen.Select((sample, k) => Estimate(sample, values[k], ppo, scales))];
        double[][] advantages = [.. rows.Select(row => row.Advantages)];
        if (ppo.WhitenAdvantages)
            advantages = Whitening.Apply(advantages);

        CriticUnits.Add(chosen, rows, ppo, scales);
        double[] predicted = [.. values.SelectMany(row => row)];
        double[] returns = [.. rows.SelectMany(row => row.Returns)];
        return (
            new Batch(chosen.Select((sample, k) => sample with
            {
                Values = raw[k],
                Advantage = advantages[k],
                Returns = CriticUnits.Normalize(rows[k].Returns, sample, ppo, scales),
            })),
            CriticUnits.Stats(ppo, scales) + StepStats.Largest(Metric.MaxLogProbDiff, gap) + StepStats.Of(
                (Metric.ExplainedVariance, ValueLoss.ExplainedVariance(predicted, returns), 1),
                (Metric.ValueMean, predicted.Average(), 1), (Metric.ReturnMean, returns.Average(), 1)));
    }

    private static GaeResult Estimate(Sample sample, double[] values, PpoOptions ppo, RunningScales scales)
    {
        Rollout rollout = sample.Rollout;
        bool cut = rollout.Stop == StopReason.Length && ppo.Truncation == Truncation.Bootstrap;
        (double score, double[]? segments) = ppo.NormalizeRewards
            ? NormalReward.Of(sample, scales.Rewards, ppo.RewardClip) : (sample.Score.Value, sample.SegmentRewards);
        return Gae.Compute(
            TokenRewards.Shape(score, rollout.LogProbs, sample.ReferenceLogProbs, ppo.KlCoef, segments),
            values, ppo.Gamma, ppo.GaeLambda, cut ? values[^1] : 0);
    }

    private static (float[][] Values, double LargestGap) Predict(
        IActorCritic policy, Rollout[] rollouts, GrpoOptions options, PpoOptions ppo)
    {
        var rows = new float[rollouts.Length][];
        double largest = 0;
        foreach (int[] part in MicroBatches.Plan(rollouts, options.MicroBatchSize))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable constant = torch.no_grad();
            Rollout[] chosen = [.. part.Select(i => rollouts[i])];
            (ActionLogProbs now, torch.Tensor values) = policy.LogProbsAndValues(chosen, options.Sampling);
            torch.Tensor sampled = Padded.Of([.. chosen.Select(rollout => rollout.LogProbs)], now.LogProbs);
            largest = Math.Max(largest, ((now.LogProbs - sampled).abs() * now.Mask).max()
                .to(torch.ScalarType.Float64).item<double>());
            torch.Tensor numbers = CriticUnits.Numbers(values, ppo);                                // [B, T]
            float[][] found = [.. numbers.to(torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray()
                .Chunk((int)numbers.shape[1])];
            foreach ((int row, int i) in part.Index())
                rows[i] = found[row][..rollouts[i].Actions.Length];
        }

        return (rows, largest);
    }
}
