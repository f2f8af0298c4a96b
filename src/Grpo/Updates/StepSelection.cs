namespace Vlm.Grpo;

/// <summary>Which actions of a step its objective treats apart: chosen from the whole step, so the same at any micro-batch.</summary>
/// <param name="Picked">1 on the actions of high covariance, a row per rollout; null where the surrogate picks none.</param>
/// <param name="Kept">1 on the actions whose surrogate counts; null for all.</param>
internal sealed record StepSelection(float[][]? Picked, float[][]? Kept)
{
    /// <summary>Nothing is treated apart.</summary>
    public static StepSelection None { get; } = new(null, null);

    /// <summary>The selection of one update.</summary>
    /// <remarks>
    /// Costs a pass over the rollouts where entropies are asked for, and where the policy has moved since it sampled: before the
    /// first update the sampler's log-probs are the policy's.
    /// </remarks>
    /// <param name="policy">As it is before the update.</param>
    /// <param name="batch">The step.</param>
    /// <param name="options">Surrogate, share of entropy.</param>
    /// <param name="random">The update's stream; drawn from where tokens are picked by chance.</param>
    /// <param name="moved">The policy has been updated since it sampled.</param>
    public static StepSelection Of(IPolicy policy, Batch batch, GrpoOptions options, RandomStream random, bool moved)
    {
        bool picks = SurrogateLoss.Table[options.SurrogateLoss].Picks, entropy = options.Regularizer.TopEntropyQuantile < 1;
        if (!picks && !entropy)
            return None;
        float[][] old = [.. batch.Select(sample => sample.Old)];
        StepReading now = moved || entropy ? StepReading.Of(policy, batch.Rollouts, options) : new(old, []);
        return new(
            picks ? Pick(batch, moved ? now.LogProbs : old, old, options, random) : null,
            entropy ? HighEntropy.Keep(now.Entropy, options.Regularizer.TopEntropyQuantile) : null);
    }

    private static float[][] Pick(Batch batch, float[][] now, float[][] old, GrpoOptions options, RandomStream random)
    {
        float[][] advantages = [.. batch.Select(sample => sample.Advantage.PerAction(sample.Rollout.Actions.Length))];
        double[][] covariance = Covariance.Of(now, advantages);
        SurrogateOptions chosen = options.Surrogates;
        if (options.SurrogateLoss == SurrogateLoss.KlCov)
            return Covariance.Highest(covariance, chosen.CovarianceShare);
        bool[][] held = [.. now.Select((row, i) =>
            row.Select((value, t) => Held(value - old[i][t], advantages[i][t], options.Clip)).ToArray())];
        return Covariance.Between(
            covariance, held, chosen.CovarianceShare, chosen.CovarianceLow, chosen.CovarianceHigh, random);
    }

    private static bool Held(double logRatio, double advantage, ClipRange clip) =>
        advantage > 0 ? Math.Exp(logRatio) > 1 + clip.High : advantage < 0 && Math.Exp(logRatio) < 1 - clip.Low;
}
