namespace Vlm.Grpo;

/// <summary>The weight of the divergence after a step that measured it. Pure.</summary>
/// <remarks>
/// <code>weight' = weight * (1 + clip(kl / target - 1, -0.2, 0.2) * completions / horizon)</code>
/// Ziegler et al. 2019, arXiv:1909.08593, section 2.2; verl's and OpenRLHF's adaptive controller. Differs from these:
/// <see cref="ObjectiveState"/> gives it the mean over the step's actions, where they average each completion first.
/// </remarks>
public static class AdaptiveKl
{
    private const double MostError = 0.2;

    /// <summary>The next weight.</summary>
    /// <param name="weight">Of the step that is over.</param>
    /// <param name="kl">What it measured, in nats.</param>
    /// <param name="target">What it is to be; above 0.</param>
    /// <param name="horizon">Completions in which the weight changes by a fifth at most.</param>
    /// <param name="completions">Of the step.</param>
    public static double Next(double weight, double kl, double target, int horizon, int completions) =>
        weight * (1 + Math.Clamp(kl / target - 1, -MostError, MostError) * completions / horizon);
}
