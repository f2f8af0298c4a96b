namespace Vlm.Grpo;

/// <summary>What a rollout's reward is compared with.</summary>
public enum AdvantageBaseline
{
    /// <summary>The mean of its group, itself included.</summary>
    GroupMean,

    /// <summary>The mean of the others of its group (RLOO).</summary>
    LeaveOneOut,
}

/// <summary>What the difference is divided by.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of its group.</summary>
    Group,

    /// <summary>The standard deviation over the whole batch, not centred by group.</summary>
    Batch,

    /// <summary>Nothing: easy and hard prompts keep the weight of their spread (Dr. GRPO).</summary>
    None,
}

/// <summary>How rewards become advantages.</summary>
/// <param name="Scale">What the difference is divided by.</param>
/// <param name="Baseline">What a reward is compared with.</param>
/// <param name="Epsilon">
/// Added to the standard deviation, in reward units: 1e-4 in TRL, 1e-6 in verl and EasyR1.
/// </param>
public sealed record AdvantageOptions(
    AdvantageScale Scale = AdvantageScale.Group, AdvantageBaseline Baseline = AdvantageBaseline.GroupMean,
    double Epsilon = 1e-4);

/// <summary>The advantages of a batch, and what to log with them.</summary>
/// <param name="Values">One per rollout, in the order of the rewards. Positive is better than the group.</param>
/// <param name="FlatGroups">Share of groups whose scored rewards do not differ: they teach nothing.</param>
/// <param name="RewardMean">Mean over scored rollouts; NaN where none is scored.</param>
/// <param name="RewardStd">Mean over groups of the standard deviation (n - 1) within the group.</param>
/// <param name="Unscored">Rollouts without a reward.</param>
public sealed record AdvantageBatch(
    double[] Values, double FlatGroups, double RewardMean, double RewardStd, int Unscored);

/// <summary>
/// Group-relative advantages: each rollout against the others of its prompt. Pure, in double precision.
/// </summary>
/// <remarks>
/// <code>
/// A[i] = (r[i] - mean(group)) / (std(group) + epsilon)        std with n - 1
/// leave-one-out: r[i] - mean(others) = (r[i] - mean(group)) * n / (n - 1)
/// </code>
/// Shao et al. 2024, arXiv:2402.03300, section 4.1. No division: Liu et al. 2025, arXiv:2503.20783, section 3.2.
/// Leave-one-out: Ahmadian et al. 2024, arXiv:2402.14740, equation 7.
/// A reward of NaN means "not scored": it gets advantage 0 and is in no mean and no deviation.
/// Differs from Shao et al.: rewards that are equal up to rounding get exactly 0, where a small deviation would
/// otherwise blow the rounding up.
/// </remarks>
public static class GroupAdvantage
{
    // Rewards summed in another order, or in single precision, differ by this share of their size at most.
    private const double RelativeNoise = 1e-6, AbsoluteNoise = 1e-12;

    /// <summary>Computes the advantages of a batch.</summary>
    /// <param name="rewards">Ordered by prompt, then member. NaN where no reward could be given.</param>
    /// <param name="groupSize">Rollouts per prompt, at least 2.</param>
    /// <param name="options">How they are compared; null takes the defaults.</param>
    /// <exception cref="ArgumentException">
    /// A group of one, a rest that fills no group, or an infinite reward.
    /// </exception>
    public static AdvantageBatch Compute(
        IReadOnlyList<double> rewards, int groupSize, AdvantageOptions? options = null)
    {
        Check(rewards, groupSize);
        options ??= new();
        double[][] groups = [.. rewards.Chunk(groupSize)];
        double batchStd = Spread.Of(rewards).Std;

        return new(
            [.. groups.SelectMany(group => Advantages(group, batchStd, options))],
            groups.Count(IsFlat) / (double)groups.Length,
            Spread.Of(rewards).Mean,
            groups.Average(group => Spread.Of(group).Std),
            rewards.Count(double.IsNaN));
    }

    private static IEnumerable<double> Advantages(double[] group, double batchStd, AdvantageOptions options)
    {
        if (IsFlat(group))
            return group.Select(_ => 0.0);

        Spread spread = Spread.Of(group);
        double divisor = options.Scale switch
        {
            AdvantageScale.Group => spread.Std + options.Epsilon,
            AdvantageScale.Batch => batchStd + options.Epsilon,
            _ => 1,
        };
        double others = options.Baseline == AdvantageBaseline.LeaveOneOut ? spread.Count / (spread.Count - 1.0) : 1;
        return group.Select(reward => double.IsNaN(reward) ? 0 : (reward - spread.Mean) * others / divisor);
    }

    private static bool IsFlat(double[] group)
    {
        double[] scored = [.. group.Where(reward => !double.IsNaN(reward))];
        return scored.Length < 2
            || scored.Max() - scored.Min() <= AbsoluteNoise + RelativeNoise * scored.Max(Math.Abs);
    }

    private static void Check(IReadOnlyList<double> rewards, int groupSize)
    {
        if (groupSize < 2)
            throw new ArgumentException($"a group of {groupSize} has nothing to compare with", nameof(groupSize));
        if (rewards.Count == 0 || rewards.Count % groupSize != 0)
            throw new ArgumentException($"{rewards.Count} rewards are no whole groups of {groupSize}", nameof(rewards));
        if (rewards.Any(double.IsInfinity))
            throw new ArgumentException(
                $"reward {rewards.ToList().FindIndex(double.IsInfinity)} is infinite", nameof(rewards));
    }

    /// <summary>
    /// Mean and standard deviation (n - 1) of the numbers that are not NaN; deviation 0 for fewer than two.
    /// </summary>
    private readonly record struct Spread(int Count, double Mean, double Std)
    {
        public static Spread Of(IReadOnlyList<double> numbers)
        {
            double[] scored = [.. numbers.Where(number => !double.IsNaN(number))];
            if (scored.Length == 0)
                return new(0, double.NaN, 0);

            double mean = scored.Average();
            double squares = scored.Sum(number => (number - mean) * (number - mean));
            return new(scored.Length, mean, scored.Length < 2 ? 0 : Math.Sqrt(squares / (scored.Length - 1)));
        }
    }
}
