namespace Vlm.Grpo.Reports;

/// <summary>Means with intervals of 95 %.</summary>
internal static class Estimates
{
    private const double Z = 1.959963984540054;      // of the normal distribution, two sides, 95 %

    /// <summary>A share with its interval by <see cref="Rewards.Interval.Wilson(double, int)"/>.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="count">Questions behind it, 1 or more.</param>
    public static Estimate Share(double share, int count)
    {
        var wilson = Rewards.Interval.Wilson(share, count);
        return new(share, wilson.Low, wilson.High, count);
    }

    /// <summary>A mean with the interval of the normal distribution: 1.96 standard errors to each side.</summary>
    /// <param name="values">One at least.</param>
    public static Estimate Mean(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double error = values.Count < 2 ? double.NaN
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
        return new(mean, mean - (Z * error), mean + (Z * error), values.Count);
    }

    /// <summary>An exponential moving average that starts with the first value.</summary>
    /// <remarks>Divided by the sum of its weights, as Adam's moments are, so that the first values are not drawn to 0.</remarks>
    /// <param name="values">In their order.</param>
    /// <param name="window">Its time constant in steps, 1 or more; 1 changes nothing.</param>
    public static double[] Smooth(IReadOnlyList<double> values, double window)
    {
        double keep = 1 - (1 / window), sum = 0, weight = 0;
        var smooth = new double[values.Count];
        for (int i = 0; i < smooth.Length; i++)
        {
            sum = (sum * keep) + values[i];
            weight = (weight * keep) + 1;
            smooth[i] = sum / weight;
        }

        return smooth;
    }
}
