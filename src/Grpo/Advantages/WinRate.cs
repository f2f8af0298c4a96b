namespace Vlm.Grpo;

/// <summary>What a rollout's reward is, within its group.</summary>
public enum RewardComparison
{
    /// <summary>The reward itself.</summary>
    Value,

    /// <summary>The share of the others of its group whose reward is lower (Pref-GRPO).</summary>
    WinRate,
}

/// <summary>Win rates in place of rewards.</summary>
/// <remarks>
/// Pref-GRPO, Wang et al. 2025, arXiv:2508.20751: rewards that differ by a thousandth become whole standard deviations in their
/// group; who wins does not depend on by how much, and one reward far from all others does not make these equal.
/// </remarks>
public static class WinRate
{
    /// <summary>The win rates of a group.</summary>
    /// <param name="rewards">NaN where none could be given.</param>
    /// <returns>
    /// In [0, 1]; rewards that are equal up to rounding tie, which is half a win, and the rates add up to half their number. NaN
    /// stays NaN; 0.5 where nobody is left to meet.
    /// </returns>
    public static double[] Of(IReadOnlyList<double> rewards)
    {
        double[] scored = [.. rewards.Where(reward => !double.IsNaN(reward))];
        double noise = scored.Length == 0 ? 0 : GroupRelative.Noise(scored);
        return [.. rewards.Select(reward => double.IsNaN(reward) ? reward : scored.Length == 1 ? 0.5 : Rate(reward, scored, noise))];
    }

    // A reward ties with itself, which the half takes away again.
    private static double Rate(double reward, double[] all, double noise) =>
        (all.Sum(other => Math.Abs(reward - other) <= noise ? 0.5 : other < reward ? 1 : 0) - 0.5) / (all.Length - 1);
}
