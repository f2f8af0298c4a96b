namespace Vlm.Grpo;

/// <summary>How several rewards become one advantage; TRL's multi_objective_aggregation.</summary>
public enum RewardAggregation
{
    /// <summary>The weighted rewards are added, and the sum is compared within the group.</summary>
    SumThenNormalize,

    /// <summary>Each reward is compared within the group, and the weighted advantages are added: a reward of wide spread swallows no other.</summary>
    NormalizeThenSum,
}

/// <summary>Advantages of several rewards that are compared apart. Pure, in double precision.</summary>
/// <remarks>
/// Liu et al. 2026 (GDPO), arXiv:2601.05242, as TRL has it; without the second normalisation and with a clip of 5, the released
/// code of Pref-GRPO (Wang et al. 2025, arXiv:2508.20751):
/// <code>
/// A[i] = sum_k w_k A_k[i]        A[i] = (A[i] - mean(batch)) / (std(batch) + epsilon)        A[i] = clip(A[i], -c, c)
/// </code>
/// </remarks>
internal static class MultiReward
{
    /// <summary>The advantage of every rollout, group by group.</summary>
    /// <param name="rewards">For each reward its values of each group; NaN where it gave none.</param>
    /// <param name="scored">Group by group, which rollouts count.</param>
    /// <param name="weights">One for each reward.</param>
    /// <param name="estimate">Compares one reward within its groups.</param>
    /// <param name="options">Second normalisation, clip, epsilon.</param>
    public static double[][] NormalizeThenSum(
        IReadOnlyList<double[][]> rewards, IReadOnlyList<bool[]> scored, IReadOnlyList<double> weights,
        Func<double[][], double[][]> estimate, AdvantageOptions options)
    {
        double[][][] apart = [.. rewards.Select(estimate)];
        double[][] sum = [.. scored.Select((group, g) => group.Select((_, i) => apart.Zip(weights, (one, weight) => weight * one[g][i]).Sum()).ToArray())];
        (double mean, double divisor) = (0, 1);
        if (options.NormalizeSum)
        {
            var batch = Spread.Of([.. sum.Zip(scored).SelectMany(group => group.First.Where((_, i) => group.Second[i]))]);
            (mean, divisor) = (batch.Mean, batch.Std + options.Epsilon);
        }

        double clip = options.Clip > 0 ? options.Clip : double.PositiveInfinity;
        return [.. sum.Zip(scored, (group, known) => group.Select((value, i) => known[i]
            ? Math.Clamp((value - mean) / divisor, -clip, clip) : 0).ToArray())];
    }
}
