using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Seconds of one step's three parts.</summary>
/// <param name="Rollout">Sampling the groups.</param>
/// <param name="Reward">Scoring them.</param>
/// <param name="Update">Log-probs, gradient and optimizer.</param>
public readonly record struct StepTimes(double Rollout, double Reward, double Update);

/// <summary>What one step of reinforcement logs, under the names of <see cref="Metric"/>.</summary>
public static class StepMetrics
{
    /// <summary>Sums a step up.</summary>
    /// <param name="rollouts">The step's rollouts.</param>
    /// <param name="scores">One per rollout.</param>
    /// <param name="advantages">Of those scores.</param>
    /// <param name="update">What the update measured: <see cref="StepStats.Metrics"/>, or <see cref="PpoStats.Metrics"/>.</param>
    /// <param name="times">How long the parts took.</param>
    public static Dictionary<string, double> Of(
        IReadOnlyList<Rollout> rollouts, IReadOnlyList<TotalScore> scores, AdvantageBatch advantages,
        IEnumerable<KeyValuePair<string, double>> update, StepTimes times) => new(update)
        {
            [Metric.Reward] = advantages.RewardMean,
            [Metric.RewardStd] = advantages.RewardStd,
            [Metric.FlatGroups] = advantages.FlatGroups,
            [Metric.Accuracy] = Share(scores, IsRight),
            [Metric.CompletionLength] = rollouts.Average(rollout => rollout.Tokens.Length),
            [Metric.Truncated] = Share(rollouts, rollout => rollout.Stop == StopReason.Length),
            [Metric.RolloutTokensPerSecond] = rollouts.Sum(rollout => rollout.Tokens.Length) / times.Rollout,
            [Metric.RolloutSeconds] = times.Rollout,
            [Metric.RewardSeconds] = times.Reward,
            [Metric.UpdateSeconds] = times.Update,
            [Metric.StepSeconds] = times.Rollout + times.Reward + times.Update,
        };

    // A score's first part says whether the answer is right; further parts shape the reward.
    private static bool IsRight(TotalScore score) => score.Parts[0].Score.Value >= 1;

    private static double Share<T>(IReadOnlyList<T> items, Func<T, bool> holds) =>
        items.Count(holds) / (double)items.Count;
}
