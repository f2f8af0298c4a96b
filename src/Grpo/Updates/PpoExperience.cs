using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What PPO makes of a batch before its first update: predicted values, advantages per action, returns.</summary>
internal static class PpoExperience
{
    /// <summary>Predicts, places rewards, estimates advantages. Reads the policy once, without a gradient.</summary>
    /// <returns>The samples that have an action and a reward, and what they show of the critic.</returns>
    public static (Batch Batch, StepStats Stats) Of(IActorCritic policy, Batch batch, GrpoOptions options, PpoOptions ppo)
    {
        Sample[] chosen =
            [.. batch.Where(sample => sample.Rollout.Actions.Length > 0 && !double.IsNaN(sample.Score.Value))];
        (float[][] values, double gap) = Predict(policy, [.. chosen.Select(sample => sample.Rollout)], options);
        GaeResult[] rows = [.. chosen.Select((sample, k) => Estimate(sample, values[k], ppo))];
        double[][] advantages = [.. rows.Select(row => row.Advantages)];
        if (ppo.WhitenAdvantages)
            advantages = Whitening.Apply(advantages);

        double[] predicted = [.. values.SelectMany(row => row.Select(value => (double)value))];
        double[] returns = [.. rows.SelectMany(row => row.Returns)];
        return (
            new Batch(chosen.Select((sample, k) => sample with
            {
                Values = values[k],
                Advantage = advantages[k],
                Returns = [.. rows[k].Returns.Select(number => (float)number)],
            })),
            StepStats.Largest(Metric.MaxLogProbDiff, gap) + StepStats.Of(
                (Metric.ExplainedVariance, ValueLoss.ExplainedVariance(predicted, returns), 1),
                (Metric.ValueMean, predicted.Average(), 1), (Metric.ReturnMean, returns.Average(), 1)));
    }

    private static GaeResult Estimate(Sample sample, float[] values, PpoOptions ppo)
    {
        Rollout rollout = sample.Rollout;
        bool cut = rollout.Stop == StopReason.Length && ppo.Truncation == Truncation.Bootstrap;
        return Gae.Compute(
            TokenRewards.Shape(sample.Score.Value, rollout.LogProbs, sample.ReferenceLogProbs, ppo.KlCoef, sample.SegmentRewards),
            [.. values.Select(value => (double)value)], ppo.Gamma, ppo.GaeLambda, cut ? values[^1] : 0);
    }

    private static (float[][] Values, double LargestGap) Predict(
        IActorCritic policy, Rollout[] rollouts, GrpoOptions options)
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
            float[][] found = [.. values.to(torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray()
                .Chunk((int)values.shape[1])];
            foreach ((int row, int i) in part.Index())
                rows[i] = found[row][..rollouts[i].Actions.Length];
        }

        return (rows, largest);
    }
}
