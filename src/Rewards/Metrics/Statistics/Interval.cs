namespace Vlm.Rewards;

/// <summary>A mean with its 95 % confidence interval.</summary>
/// <param name="Mean">The mean of what was measured.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public readonly record struct Interval(double Mean, double Low, double High)
{
    private const double Z = 1.959963984540054;     // 97.5 % of the normal distribution lie below

    /// <summary>Wilson's interval of a share: it stays within 0 and 1, and is right for few answers and for shares near the ends.</summary>
    /// <param name="right">How many were right.</param>
    /// <param name="count">Of how many; at least 1.</param>
    /// <remarks>Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953, without continuity correction.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">There are none, or more are right than there are.</exception>
    public static Interval Wilson(int right, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, count);
        return Wilson((double)right / count, count);
    }

    /// <summary>Wilson's interval of a share that need not be one of whole answers: people's agreement is right in part.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="count">Of how many; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are none, or this is no share.</exception>
    public static Interval Wilson(double share, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        double spread = Z * Z / count;
        double centre = share + (spread / 2), half = Z * Math.Sqrt((share * (1 - share) / count) + (spread / (4 * count)));
        // At the ends rounding would leave the share itself outside.
        return new(share, share == 0 ? 0 : (centre - half) / (1 + spread), share == 1 ? 1 : (centre + half) / (1 + spread));
    }

    /// <summary>The percentile bootstrap of a mean, for scores that are not only 0 and 1.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <param name="resamples">How often the values are drawn anew, with repetition.</param>
    /// <remarks>Efron 1979, https://doi.org/10.1214/aos/1176344552.</remarks>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Interval Bootstrap(IReadOnlyList<double> values, long seed = 0, int resamples = 2000)
    {
        if (values.Count == 0)
            throw new ArgumentException("there are no values", nameof(values));
        double[] means = Resampled(values, seed, resamples);
        return new(values.Average(), Quantile(means, 0.025), Quantile(means, 0.975));
    }

    /// <summary>Means of values drawn with repetition, sorted.</summary>
    internal static double[] Resampled(IReadOnlyList<double> values, long seed, int resamples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 2);
        var random = new SplitMix(seed);
        var means = new double[resamples];
        for (int i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (int j = 0; j < values.Count; j++)
                sum += values[random.Next(values.Count)];
            means[i] = sum / values.Count;
        }

        Array.Sort(means);
        return means;
    }

    /// <summary>Between the two nearest of sorted values.</summary>
    internal static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[^1];
    }
}
