namespace Vlm.Grpo;

/// <summary>How often each data set of a mixture is asked. Pure.</summary>
/// <remarks>
/// Temperature-scaled mixing, Raffel et al. 2020 (T5), arXiv:1910.10683, section 3.5.2: 1 keeps the weights, a larger temperature
/// evens them out.
/// <code>
/// P(j) = w[j]^(1/T) / sum_k w[k]^(1/T)
/// </code>
/// </remarks>
public static class MixtureProportions
{
    /// <summary>A distribution over data sets.</summary>
    /// <param name="weights">Above 0.</param>
    /// <param name="temperature">T, above 0.</param>
    public static double[] Of(IReadOnlyList<double> weights, double temperature = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        double most = weights.Max();
        double[] scaled = [.. weights.Select(weight => Math.Pow(weight / most, 1 / temperature))];
        double sum = scaled.Sum();
        return [.. scaled.Select(one => one / sum)];
    }
}
