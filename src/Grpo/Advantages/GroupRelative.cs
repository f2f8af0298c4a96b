namespace Vlm.Grpo;

/// <summary>Estimators that compare each reward with a mean of its group.</summary>
/// <remarks>
/// <code>
/// A[i] = (r[i] - mean(group)) * correction / divisor
/// leave-one-out: r[i] - mean(others) = (r[i] - mean(group)) * n / (n - 1)
/// </code>
/// Differs from the papers: rewards that are equal up to rounding get exactly 0, where a small deviation would otherwise blow
/// the rounding up.
/// </remarks>
internal static class GroupRelative
{
    // Rewards summed in another order, or in single precision, differ by this share of their size at most.
    private const double RelativeNoise = 1e-6, AbsoluteNoise = 1e-12;

    /// <summary>An estimator of a correction and a divisor.</summary>
    /// <param name="correction">From the scored rewards of the group: 1 for their mean.</param>
    /// <param name="divisor">From those of the group, those of the batch, and what is added to a deviation.</param>
    public static Func<IReadOnlyList<double[]>, double, double[][]> By(
        Func<Spread, double> correction, Func<Spread, Spread, double, double> divisor) => (groups, epsilon) =>
    {
        var batch = Spread.Of([.. groups.SelectMany(group => group)]);
        return [.. groups.Select(group => Of(group, batch))];

        double[] Of(double[] group, Spread batch)
        {
            if (HasNoSpread(group))
                return new double[group.Length];
            var spread = Spread.Of(group);
            (double times, double by) = (correction(spread), divisor(spread, batch, epsilon));
            return [.. group.Select(reward => double.IsNaN(reward) ? 0 : (reward - spread.Mean) * times / by)];
        }
    };

    /// <summary>The differences from the mean of the group, over the standard deviation of all of them.</summary>
    public static double[][] OverStdOfDifferences(IReadOnlyList<double[]> groups, double epsilon)
    {
        double[][] differences = By(Mean, One)(groups, epsilon);
        var all = Spread.Of([.. differences.Zip(groups).SelectMany(group =>
            group.First.Zip(group.Second, (difference, reward) => double.IsNaN(reward) ? double.NaN : difference))]);
        return [.. differences.Select(group => group.Select(difference => difference / (all.Std + epsilon)).ToArray())];
    }

    public static double Mean(Spread group) => 1;

    public static double LeaveOneOut(Spread group) => group.Count / (group.Count - 1.0);

    public static double GroupStd(Spread group, Spread batch, double epsilon) => group.Std + epsilon;

    public static double BatchStd(Spread group, Spread batch, double epsilon) => batch.Std + epsilon;

    public static double One(Spread group, Spread batch, double epsilon) => 1;

    /// <summary>True where the scored rewards of a group do not differ: they teach nothing.</summary>
    public static bool HasNoSpread(double[] group)
    {
        double[] scored = [.. group.Where(reward => !double.IsNaN(reward))];
        return scored.Length < 2 || scored.Max() - scored.Min() <= Noise(scored);
    }

    /// <summary>By how much equal rewards of a group may differ from rounding alone.</summary>
    /// <param name="scored">One or more, none of them NaN.</param>
    public static double Noise(double[] scored) => AbsoluteNoise + RelativeNoise * scored.Max(Math.Abs);
}
