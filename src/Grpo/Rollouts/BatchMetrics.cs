using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What a batch shows before it is learned from, under the names of <see cref="Metric"/>.</summary>
public static class BatchMetrics
{
    /// <summary>Rewards, their spread within groups, accuracy, lengths.</summary>
    public static StepStats Of(Batch batch)
    {
        double[][] groups = batch.RewardsByGroup;
        double[] scored = [.. groups.SelectMany(group => group).Where(reward => !double.IsNaN(reward))];
        return StepStats.Of(
            (Metric.Reward, scored.Sum(), scored.Length),
            (Metric.RewardStd, groups.Sum(group => Spread.Of(group).Std), groups.Length),
            (Metric.FlatGroups, groups.Count(GroupAdvantage.IsFlat), groups.Length),
            (Metric.Accuracy, batch.Count(sample => IsRight(sample.Score)), batch.Count),
            (Metric.CompletionLength, batch.Sum(sample => sample.Rollout.Tokens.Length), batch.Count),
            (Metric.Truncated, batch.Count(sample => sample.Rollout.Stop == StopReason.Length), batch.Count));
    }

    // A score's first part says whether the answer is right; further parts shape the reward.
    private static bool IsRight(TotalScore score) => score.Parts is [var first, ..] && first.Score.Value >= 1;
}
