namespace Vlm.Grpo;

/// <summary>What a loss saw, as sums over actions, so that the parts of a step add up to the whole.</summary>
/// <param name="Tokens">Actions counted by the mask.</param>
/// <param name="RatioSum">Sum of exp(new - old).</param>
/// <param name="ClippedLowSum">Actions of bad completions held from below.</param>
/// <param name="ClippedHighSum">Actions of good completions held from above.</param>
/// <param name="KlSum">Sum of the divergence estimates; 0 without a reference.</param>
/// <param name="EntropySum">Sum of the entropies, in nats.</param>
/// <param name="PolicyTerm">The loss without the divergence term.</param>
/// <param name="LargestGap">Largest absolute difference of new and old log-prob.</param>
public sealed record LossStats(
    double Tokens, double RatioSum = 0, double ClippedLowSum = 0, double ClippedHighSum = 0, double KlSum = 0,
    double EntropySum = 0, double PolicyTerm = 0, double LargestGap = 0)
{
    /// <summary>Mean probability ratio of new policy to old; 1 where nothing has moved.</summary>
    public double RatioMean => RatioSum / Tokens;

    /// <summary>Share of all actions held from below.</summary>
    public double ClippedLow => ClippedLowSum / Tokens;

    /// <summary>Share of all actions held from above.</summary>
    public double ClippedHigh => ClippedHighSum / Tokens;

    /// <summary>Mean divergence estimate in nats.</summary>
    public double Kl => KlSum / Tokens;

    /// <summary>Mean entropy in nats.</summary>
    public double Entropy => EntropySum / Tokens;

    /// <summary>The statistics of two parts together.</summary>
    public static LossStats operator +(LossStats a, LossStats b) => new(
        a.Tokens + b.Tokens, a.RatioSum + b.RatioSum, a.ClippedLowSum + b.ClippedLowSum,
        a.ClippedHighSum + b.ClippedHighSum, a.KlSum + b.KlSum, a.EntropySum + b.EntropySum,
        a.PolicyTerm + b.PolicyTerm, Math.Max(a.LargestGap, b.LargestGap));

    /// <summary>The statistics of two parts together.</summary>
    public static LossStats Add(LossStats left, LossStats right) => left + right;
}
