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
    double Epsilon = 1e-4)
{
    /// <summary>What is compared: rewards, or which is higher.</summary>
    public RewardComparison Comparison { get; init; }

    /// <summary>How several rewards become one advantage.</summary>
    public RewardAggregation Aggregation { get; init; }

    /// <summary>Rewards that were compared apart are, after their sum, standardised once more over the batch.</summary>
    public bool NormalizeSum { get; init; } = true;

    /// <summary>The largest size of an advantage of rewards that were compared apart; 0 for no bound.</summary>
    public double Clip { get; init; }

    private static readonly Dictionary<(AdvantageBaseline, AdvantageScale), string> s_names = new()
    {
        [(AdvantageBaseline.GroupMean, AdvantageScale.Group)] = AdvantageEstimator.Grpo,
        [(AdvantageBaseline.GroupMean, AdvantageScale.Batch)] = AdvantageEstimator.GrpoBatchStd,
        [(AdvantageBaseline.GroupMean, AdvantageScale.None)] = AdvantageEstimator.DrGrpo,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.Group)] = AdvantageEstimator.RlooGroupStd,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.Batch)] = AdvantageEstimator.RlooBatchStd,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.None)] = AdvantageEstimator.Rloo,
    };

    /// <summary>
    /// A name of <see cref="AdvantageEstimator.Table"/>: the one of <see cref="Baseline"/> and <see cref="Scale"/>
    /// unless another is set.
    /// </summary>
    public string Estimator { get => field ?? s_names[(Baseline, Scale)]; init; }
}

/// <summary>
/// Group-relative advantages: each rollout against the others of its prompt. Pure, in double precision.
/// </summary>
/// <remarks>
/// <code>
/// A[i] = (r[i] - mean(group)) / (std(group) + epsilon)        std with n - 1
/// </code>
/// and the other rows of <see cref="AdvantageEstimator.Table"/>. A reward of NaN means "not scored": it gets advantage 0 and is
/// in no mean and no deviation.
/// </remarks>
public static class GroupAdvantage
{
    /// <summary>The batch with its advantages.</summary>
    /// <exception cref="ArgumentException">A group of one.</exception>
    public static Batch Estimate(Batch batch, AdvantageOptions? options = null)
    {
        double[][] found = options?.Aggregation == RewardAggregation.NormalizeThenSum ? Apart(batch, options) : Compute(batch.RewardsByGroup, options);
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
    /// <exception cref="UsageException">There is no such estimator.</exception>
    public static double[][] Compute(IReadOnlyList<double[]> groups, AdvantageOptions? options = null)
    {
        Check(groups);
        options ??= new();
        return AdvantageEstimator.Table[options.Estimator].Estimate(
            options.Comparison == RewardComparison.WinRate ? [.. groups.Select(WinRate.Of)] : groups, options.Epsilon);
    }

    // A reward that some rollouts have and others have not counts as 0 where it is missing, as in their sum.
    private static double[][] Apart(Batch batch, AdvantageOptions options)
    {
        (string Name, double Weight)[] paid = [.. batch.SelectMany(sample => sample.Score.Parts).Where(part => part.Weight != 0)
            .Select(part => (part.Name, part.Weight)).Distinct()];
        return paid.Length == 0 ? Compute(batch.RewardsByGroup, options) : MultiReward.NormalizeThenSum(
            [.. paid.Select(one => batch.Groups.Select(group => group.Select(i => Of(batch[i], one)).ToArray()).ToArray())],
            [.. paid.Select(one => one.Weight)], groups => Compute(groups, options), options);

        static double Of(Sample sample, (string Name, double Weight) one) => double.IsNaN(sample.Score.Value) ? double.NaN
            : sample.Score.Parts.Where(part => part.Name == one.Name && part.Weight == one.Weight).Sum(part => part.Score.Value);
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
