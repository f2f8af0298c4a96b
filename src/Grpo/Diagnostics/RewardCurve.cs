namespace Vlm.Grpo;

/// <summary>What fixed questions earned at one step.</summary>
/// <param name="Step">Updates done, from 0.</param>
/// <param name="Reward">Mean reward of their answers.</param>
public readonly record struct RewardPoint(long Step, double Reward);

/// <summary>
/// The reward on fixed questions over a run: it tells a method that learns slowly from one that ends lower. Straight lines between
/// the steps that were measured.
/// </summary>
public sealed record RewardCurve
{
    /// <summary>The steps to measure where a run has so many: close where rewards still rise fast.</summary>
    public static IReadOnlyList<long> Steps { get; } = [0, 10, 20, 40, 70, 100, 200, 400];

    /// <param name="points">At least one, in the order of their steps.</param>
    /// <exception cref="ArgumentException">None, steps that do not rise, or a reward that is not finite.</exception>
    public RewardCurve(IReadOnlyList<RewardPoint> points)
    {
        if (points.Count == 0)
            throw new ArgumentException("a curve has at least one point", nameof(points));
        foreach ((int i, RewardPoint point) in points.Index())
            if (!double.IsFinite(point.Reward) || (i > 0 && point.Step <= points[i - 1].Step))
                throw new ArgumentException(FormattableString.Invariant(
                    $"point {i} is a reward of {point.Reward} at step {point.Step}; rewards are finite and steps rise"), nameof(points));
        Points = [.. points];
    }

    /// <summary>What was measured.</summary>
    public IReadOnlyList<RewardPoint> Points { get; }

    /// <summary>
    /// Area under the curve by the trapezoid rule, divided by the steps it spans: the mean reward on the way, in reward units. Of a single
    /// point its reward.
    /// </summary>
    public double AreaUnderCurve => Points.Count == 1 ? Points[0].Reward
        : Segments.Sum(line => (line.To.Step - line.From.Step) * (line.From.Reward + line.To.Reward) / 2)
            / (Points[^1].Step - Points[0].Step);

    /// <summary>The step, and the share of one, at which the reward first reaches a level; null where it never does.</summary>
    /// <param name="level">In reward units. A later fall below it does not count.</param>
    public double? StepsTo(double level)
    {
        if (Points[0].Reward >= level)
            return Points[0].Step;
        foreach ((RewardPoint from, RewardPoint to) in Segments)
            if (to.Reward >= level)
                return from.Step + ((to.Step - from.Step) * (level - from.Reward) / (to.Reward - from.Reward));
        return null;
    }

    /// <summary>Rollouts sampled until the reward first reaches a level; null where it never does.</summary>
    /// <param name="level">In reward units, such as what the other method has after 100 steps.</param>
    /// <param name="rolloutsPerStep">Prompts of a step times the group, 1 or more.</param>
    public double? RolloutsTo(double level, int rolloutsPerStep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rolloutsPerStep, 1);
        return StepsTo(level) * rolloutsPerStep;
    }

    private IEnumerable<(RewardPoint From, RewardPoint To)> Segments => Points.Zip(Points.Skip(1));
}
