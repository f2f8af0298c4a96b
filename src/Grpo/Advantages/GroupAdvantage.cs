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

    /// <summary>The batch with its advantages.</summary>
    /// <exception cref="ArgumentException">A group of one.</exception>
    public static Batch Estimate(Batch batch, AdvantageOptions? options = null)
    {
        double[][] found = Compute(batch.RewardsByGroup, options);
        var values = new Advantage[batch.Count];
        foreach ((int[] members, double[] group) in batch.Groups.Zip(found))
            foreach ((int sample, double value) in members.Zip(group))
                values[sample] = value;
        return batch.With(values);
    }

    /// <summary>Computes the advantages of groups.</summary>
    /// <param name="groups">The rewards of each prompt's rollouts, two or more. NaN where no reward could be given.</param>
    /// <param name="options">How they are compared; null takes the defaults.</param>
    /// <returns>One per reward. Positive is better than the group.</returns>
    /// <exception cref="ArgumentException">No group, a group of one, or an infinite reward.</exception>
    public static double[][] Compute(IReadOnlyList<double[]> groups, AdvantageOptions? options = null)
    {
        Check(groups);
        options ??= new();
        double batchStd = Spread.Of([.. groups.SelectMany(group => group)]).Std;
        return [.. groups.Select(group => Advantages(group, batchStd, options).ToArray())];
    }

    /// <summary>True where the scored rewards of a group do not differ: they teach nothing.</summary>
    internal static bool IsFlat(double[] group)
    {
        double[] scored = [.. group.Where(reward => !double.IsNaN(reward))];
        return scored.Length < 2
            || scored.Max() - scored.Min() <= AbsoluteNoise + RelativeNoise * scored.Max(Math.Abs);
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

    private static void Check(IReadOnlyList<double[]> groups)
    {
        if (groups.Count == 0)
            throw new ArgumentException("there is no group to compare rewards in", nameof(groups));
        if (groups.FirstOrDefault(group => group.Length < 2) is { } single)
            throw new ArgumentException($"a group of {single.Length} has nothing to compare with", nameof(groups));
        if (groups.SelectMany(group => group).Any(double.IsInfinity))
            throw new ArgumentException("a reward is infinite", nameof(groups));
    }
}
