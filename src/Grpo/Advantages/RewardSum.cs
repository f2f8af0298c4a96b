namespace Vlm.Grpo;

/// <summary>Several rewards of one rollout, added.</summary>
public static class RewardSum
{
    /// <summary>The weighted sum of the rewards that were given; NaN, "not scored", where none was.</summary>
    /// <param name="rewards">One per reward function; NaN where it could not score.</param>
    /// <param name="weights">One per reward function.</param>
    /// <exception cref="ArgumentException">Different lengths.</exception>
    public static double Weighted(ReadOnlySpan<double> rewards, ReadOnlySpan<double> weights)
    {
        if (rewards.Length != weights.Length)
            throw new ArgumentException($"{rewards.Length} rewards and {weights.Length} weights", nameof(weights));

        double sum = double.NaN;
        for (int i = 0; i < rewards.Length; i++)
            if (!double.IsNaN(rewards[i]))
                sum = (double.IsNaN(sum) ? 0 : sum) + rewards[i] * weights[i];
        return sum;
    }
}
