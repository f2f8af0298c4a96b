namespace Vlm.Grpo;

/// <summary>
/// Rollouts of another engine as rollouts of the policy: their log-probs are recomputed under the policy in training, and what
/// the two differ by becomes a weight of each action.
/// </summary>
public static class ImportanceCorrection
{
    /// <summary>The batch with <see cref="Sample.OldLogProbs"/> and <see cref="Sample.Weights"/>, and how far the two are apart.</summary>
    /// <remarks>One more pass over the rollouts, without a gradient. Without a correction the batch as it was, at no cost.</remarks>
    /// <param name="policy">In training, before the step's first update.</param>
    /// <param name="batch">With the log-probs of the engine that sampled.</param>
    /// <param name="options">Correction, sampling distribution, micro-batch.</param>
    public static (Batch Batch, StepStats Stats) Apply(IPolicy policy, Batch batch, GrpoOptions options)
    {
        CorrectionOptions correction = options.Correction;
        if (correction.SamplerCorrection == SamplerCorrection.None)
            return (batch, StepStats.Empty);

        float[][] now = StepReading.Of(policy, batch.Rollouts, options).LogProbs;
        float[][] sampled = [.. batch.Select(sample => sample.Rollout.LogProbs)];
        double[][] weights = ImportanceWeights.Of(now, sampled, correction);
        return (
            new Batch(batch.Select((sample, i) => sample with
            {
                OldLogProbs = now[i],
                Weights = [.. weights[i].Select(weight => (float)weight)],
            })),
            ImportanceMetrics.Of(now, sampled, weights, correction));
    }
}
