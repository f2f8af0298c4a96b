using TorchSharp;

namespace Vlm.Grpo;

/// <summary>One rollout with what its update needs, all of it constant over the epochs.</summary>
/// <param name="Rollout">With the sampler's log-probs, and at least one action.</param>
/// <param name="Values">Predicted before the step's first update.</param>
/// <param name="Advantages">One per action, whitened where asked for.</param>
/// <param name="Returns">What the values are to become.</param>
/// <param name="Reference">Log-probs of the actions under the reference policy; null without one.</param>
internal sealed record PpoExperience(
    Rollout Rollout, float[] Values, float[] Advantages, float[] Returns, float[]? Reference);

/// <summary>All experience of a step, and what it shows of the critic.</summary>
/// <param name="Items">One per rollout that has an action and a reward.</param>
/// <param name="ExplainedVariance">Of the returns by the values, over all actions.</param>
/// <param name="ValueMean">Mean predicted return.</param>
/// <param name="ReturnMean">Mean return.</param>
/// <param name="LogProbDifference">Largest gap of the sampler's log-probs and the recomputed ones.</param>
internal sealed record PpoExperiences(
    PpoExperience[] Items, double ExplainedVariance, double ValueMean, double ReturnMean, double LogProbDifference)
{
    /// <summary>Predicts, places rewards, estimates advantages. Reads the policy once, without a gradient.</summary>
    public static PpoExperiences Gather(
        IActorCritic policy, IReadOnlyList<Rollout> rollouts, IReadOnlyList<double> rewards, GrpoOptions options,
        PpoOptions ppo, IReadOnlyList<float[]>? reference)
    {
        int[] kept =
        [
            .. Enumerable.Range(0, rollouts.Count)
                .Where(i => rollouts[i].Actions.Length > 0 && !double.IsNaN(rewards[i])),
        ];
        Rollout[] chosen = [.. kept.Select(i => rollouts[i])];
        (float[][] values, double gap) = Predict(policy, chosen, options);
        GaeRow[] rows = [.. kept.Select((i, k) => Estimate(rollouts[i], rewards[i], values[k], reference?[i], ppo))];
        double[][] advantages = [.. rows.Select(row => row.Advantages)];
        if (ppo.Whiten)
            advantages = Whitening.Apply(advantages);

        double[] predicted = [.. values.SelectMany(row => row.Select(value => (double)value))];
        double[] returns = [.. rows.SelectMany(row => row.Returns)];
        return new(
            [
                .. kept.Select((i, k) => new PpoExperience(
                    chosen[k], values[k], Single(advantages[k]), Single(rows[k].Returns), reference?[i])),
            ],
            ValueLoss.ExplainedVariance(predicted, returns), predicted.Average(), returns.Average(), gap);
    }

    private static GaeRow Estimate(
        Rollout rollout, double reward, float[] values, float[]? reference, PpoOptions ppo)
    {
        bool cut = rollout.Stop == StopReason.Length && ppo.CutOff == CutOff.LastValue;
        return Gae.Compute(
            ActionRewards.Place(reward, rollout.LogProbs, reference, ppo.RewardKl),
            [.. values.Select(value => (double)value)], ppo.Gamma, ppo.Lambda, cut ? values[^1] : 0);
    }

    private static (float[][] Values, double LargestGap) Predict(
        IActorCritic policy, Rollout[] rollouts, GrpoOptions options)
    {
        var rows = new float[rollouts.Length][];
        double largest = 0;
        foreach (int[] part in MicroBatches.Plan(rollouts, options.MicroBatch))
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

    private static float[] Single(double[] numbers) => [.. numbers.Select(number => (float)number)];
}
