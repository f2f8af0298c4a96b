using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What a batch shows before it is learned from, under the names of <see cref="Metric"/>.</summary>
public static class BatchMetrics
{
    /// <summary>Rewards and each part of them, their spread within groups, lengths; accuracy over the samples whose score names one.</summary>
    public static StepStats Of(Batch batch)
    {
        double[][] groups = batch.RewardsByGroup;
        double[] scored = [.. groups.SelectMany(group => group).Where(reward => !double.IsNaN(reward))];
        Score[] known = [.. batch.Select(sample => sample.Score.Accuracy).OfType<Score>()];
        StepStats accuracy = known.Length == 0
            ? StepStats.Empty : StepStats.Of((Metric.Accuracy, known.Count(score => score.Value >= 1), known.Length));
        int unscored = batch.Count - scored.Length;
        StepStats missing = unscored == 0 ? StepStats.Empty : StepStats.Of((Metric.FracUnscored, unscored, batch.Count));
        int left = batch.Count(sample => sample.IsLeftOut);
        if (left > 0)
            missing += StepStats.Of((Metric.FracLeftOut, left, batch.Count));
        return accuracy + missing + Parts(batch) + StepStats.Of(
            (Metric.Reward, scored.Sum(), scored.Length),
            (Metric.RewardStd, groups.Sum(group => Spread.Of(group).Std), groups.Length),
            (Metric.FracRewardZeroStd, groups.Count(GroupRelative.HasNoSpread), groups.Length),
            (Metric.CompletionLength, batch.Sum(sample => sample.Rollout.Tokens.Length), batch.Count),
            (Metric.Truncated, batch.Count(sample => sample.Rollout.Stop == StopReason.Length), batch.Count));
    }

    // Each reward apart, before its weight, over the samples that have it.
    private static StepStats Parts(Batch batch) => batch.SelectMany(sample => sample.Score.Parts)
        .Where(part => part.IsScored).GroupBy(part => part.Name, part => part.Score.Value)
        .Select(part => StepStats.Of(($"{Metric.Reward}/{part.Key}", part.Sum(), part.Count())))
        .Aggregate(StepStats.Empty, StepStats.Add);
}
