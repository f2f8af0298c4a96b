using Vlm.Rewards;

namespace Vlm.Grpo;

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
    /// <summary>The batch with its advantages, and with what is left out of the update marked.</summary>
    /// <exception cref="ArgumentException">A group of one, for an estimator that compares within groups.</exception>
    public static Batch Estimate(Batch batch, AdvantageOptions? options = null)
    {
        options ??= new();
        AdvantageInput input = Input(batch, options);
        Advantage[][] found = options.Aggregation == RewardAggregation.NormalizeThenSum
            ? Apart(batch, input, options) : Compute(input, options);
        if (options.WhitenTokens)
            found = TokenWhitening.Apply(input, found);
        var values = new Advantage[batch.Count];
        foreach ((int[] members, Advantage[] group) in batch.Groups.Zip(found))
            foreach ((int sample, Advantage value) in members.Zip(group))
                values[sample] = value;
        return LeaveOut.Mark(batch.With(values), options);
    }

    /// <summary>Computes the advantages of groups, by an estimator that needs the rewards alone.</summary>
    /// <param name="groups">The rewards of each prompt's rollouts, two or more. NaN where no reward could be given.</param>
    /// <param name="options">How they are compared; null takes the defaults.</param>
    /// <returns>One per reward. Positive is better than the group.</returns>
    /// <exception cref="ArgumentException">No group, a group of one, or an infinite reward; or the estimator needs more.</exception>
    /// <exception cref="UsageException">There is no such estimator.</exception>
    public static double[][] Compute(IReadOnlyList<double[]> groups, AdvantageOptions? options = null)
    {
        options ??= new();
        return [.. Compute(Settings(groups, options), options).Select(group => group.Select(one => one.Mean).ToArray())];
    }

    /// <summary>Computes the advantages of groups, by any estimator.</summary>
    /// <param name="input">Rewards, and what else the estimator needs.</param>
    /// <param name="options">Names the estimator, and whether rewards or win rates are compared.</param>
    /// <returns>One per reward, or one per action of each.</returns>
    /// <exception cref="ArgumentException">No group, a group of one, or an infinite reward;
    /// or something the estimator needs is not there.</exception>
    /// <exception cref="UsageException">There is no such estimator.</exception>
    public static Advantage[][] Compute(AdvantageInput input, AdvantageOptions options)
    {
        AdvantageEstimator estimator = AdvantageEstimator.Table[options.Estimator];
        Check(input.Rewards, estimator);
        return estimator.Estimate(
            options.Comparison == RewardComparison.WinRate ? input with { Rewards = [.. input.Rewards.Select(WinRate.Of)] } : input);
    }

    private static AdvantageInput Input(Batch batch, AdvantageOptions options)
    {
        AdvantageInput input = Settings(PaidRewards.Of(batch, options.Unscored), options);
        return input with
        {
            Actions = Each(sample => sample.Rollout.Actions.Length),
            Segments = batch.All(sample => sample.SegmentRewards is null) ? null : Each(sample => sample.SegmentRewards),
            Baselines = batch.All(sample => sample.Baseline is null) ? null : Each(sample => sample.Baseline ?? double.NaN),
        };

        T[][] Each<T>(Func<Sample, T> of) => [.. batch.Groups.Select(group => group.Select(i => of(batch[i])).ToArray())];
    }

    private static AdvantageInput Settings(IReadOnlyList<double[]> rewards, AdvantageOptions options) => new(rewards, options.Epsilon)
    {
        Gamma = options.Gamma,
        PositiveWeight = options.PositiveWeight,
        PositiveFrom = options.PositiveFrom,
    };

    // A reward that some rollouts have and others have not counts as 0 where it is missing, as in their sum.
    private static Advantage[][] Apart(Batch batch, AdvantageInput input, AdvantageOptions options)
    {
        ScorePart[] paid = [.. batch.SelectMany(sample => sample.Score.Parts).Where(part => part.Weight != 0)
            .DistinctBy(part => (part.Name, part.Weight))];
        if (paid.Length == 0)
            return Compute(input, options);
        bool[][] scored = [.. input.Rewards.Select(group => group.Select(reward => !double.IsNaN(reward)).ToArray())];
        double[][] sums = MultiReward.NormalizeThenSum(
            [.. paid.Select(one => batch.Groups.Select(group =>
                group.Select(i => PaidRewards.Part(batch[i].Score, one, options.Unscored)).ToArray()).ToArray())],
            scored, [.. paid.Select(one => one.Weight)],
            groups => [.. Compute(input with { Rewards = groups }, options)
                .Select(group => group.Select(one => one.Mean).ToArray())], options);
        return [.. sums.Select(group => group.Select(value => (Advantage)value).ToArray())];
    }

    private static void Check(IReadOnlyList<double[]> groups, AdvantageEstimator estimator)
    {
        if (groups.Count == 0)
            throw new ArgumentException("there is no group to compare rewards in", nameof(groups));
        if (groups.FirstOrDefault(group => group.Length < (estimator.NeedsGroup ? 2 : 1)) is { } single)
            throw new ArgumentException($"a group of {single.Length} has nothing to compare with", nameof(groups));
        if (groups.SelectMany(group => group).Any(double.IsInfinity))
            throw new ArgumentException("a reward is infinite", nameof(groups));
    }
}
