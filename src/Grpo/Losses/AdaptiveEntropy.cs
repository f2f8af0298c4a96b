namespace Vlm.Grpo;

/// <summary>The weight of the entropy bonus after a step that measured the entropy. Pure.</summary>
/// <remarks>
/// <code>
/// weight' = min(weight + delta, max) where entropy &lt;= target, else max(weight - delta, min)
/// applied = weight where the entropy of the step before was &lt;= target, else 0
/// </code>
/// Skywork-OR1, arXiv:2505.22312, section 3.3, as TRL's use_adaptive_entropy.
/// </remarks>
public static class AdaptiveEntropy
{
    /// <summary>The next weight.</summary>
    /// <param name="weight">Of the step that is over.</param>
    /// <param name="entropy">Mean over its actions, in nats.</param>
    /// <param name="options">Target, delta, bounds.</param>
    public static double Next(double weight, double entropy, RegularizerOptions options) => entropy <= options.EntropyTarget
        ? Math.Min(weight + options.EntropyDelta, options.EntropyMax) : Math.Max(weight - options.EntropyDelta, options.EntropyMin);

    /// <summary>What a step pays.</summary>
    /// <param name="weight">Its weight.</param>
    /// <param name="before">The entropy that the step before measured; infinite before the first.</param>
    /// <param name="target">In nats.</param>
    public static double Applied(double weight, double before, double target) => before <= target ? weight : 0;
}
