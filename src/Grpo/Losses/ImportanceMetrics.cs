namespace Vlm.Grpo;

/// <summary>How far the engine that sampled is from the policy in training, and what its rollouts are worth. Pure.</summary>
/// <remarks>
/// <code>
/// effective sample size = 1 / mean((w / mean w)^2)             over actions, as a share of them: 1 where all weights are equal
/// chi-square (token)    = mean((p / q)^2) - 1                  before bounds
/// chi-square (sequence) = mean over completions of (p / q)^2 of the whole completion - 1; ms-swift's takes the geometric mean
/// </code>
/// Kish 1965; verl's rollout_corr and ms-swift's metrics of the same names.
/// </remarks>
public static class ImportanceMetrics
{
    /// <summary>What a step shows under <see cref="Metric.Importance"/>.</summary>
    /// <param name="policy">Log-probs in training, a row per completion.</param>
    /// <param name="sampler">Those of the engine that sampled.</param>
    /// <param name="weights">What is applied, from <see cref="ImportanceWeights.Of"/>.</param>
    /// <param name="options">Which weights, and their bounds.</param>
    public static StepStats Of(
        IReadOnlyList<float[]> policy, IReadOnlyList<float[]> sampler, IReadOnlyList<double[]> weights, CorrectionOptions options)
    {
        double[][] gaps = ImportanceWeights.LogRatios(policy, sampler);
        double[] raw = [.. ImportanceWeights.Raw(gaps, options.SamplerCorrection).SelectMany(row => row)];
        double[] applied = [.. weights.SelectMany(row => row)], flat = [.. gaps.SelectMany(row => row)];
        if (applied.Length == 0)
            return StepStats.Empty;

        double[][] sequences = [.. gaps.Where(row => row.Length > 0)];
        return StepStats.Largest(Name("max"), applied.Max()) + StepStats.Largest(Name("max_logprob_diff"), flat.Max(Math.Abs))
            + StepStats.Of(
                (Name("mean"), applied.Sum(), applied.Length), (Name("min"), applied.Min(), 1), (Name("std"), Deviation(applied), 1),
                (Name("ess"), EffectiveSampleSize(applied), 1),
                (Name("held"), raw.Count(weight => weight > options.CorrectionMax || weight < options.CorrectionMin), raw.Length),
                (Name("kl"), -flat.Sum(), flat.Length), (Name("k3"), flat.Sum(gap => Exp(gap) - gap - 1), flat.Length),
                (Name("chi2_token"), ChiSquare(flat), 1), (Name("chi2_sequence"), ChiSquare(sequences.Select(row => row.Sum())), 1),
                (Name("chi2_geometric"), ChiSquare(sequences.Select(row => row.Average())), 1));
    }

    /// <summary>1 / mean((w / mean w)^2): the share of samples that as many equal weights would be worth.</summary>
    /// <param name="weights">0 or more.</param>
    /// <returns>Above 0 and at most 1; 0 where all weights are 0.</returns>
    public static double EffectiveSampleSize(IReadOnlyCollection<double> weights)
    {
        double squares = weights.Sum(weight => weight * weight), sum = weights.Sum();
        return squares > 0 ? sum * sum / (weights.Count * squares) : 0;
    }

    /// <summary>mean(exp(gap)^2) - 1.</summary>
    /// <param name="gaps">log p - log q, of tokens or completions; one at least.</param>
    public static double ChiSquare(IEnumerable<double> gaps) => gaps.Average(gap => Exp(gap) * Exp(gap)) - 1;

    private static double Deviation(double[] weights)
    {
        double mean = weights.Average();
        return Math.Sqrt(weights.Average(weight => (weight - mean) * (weight - mean)));
    }

    private static double Exp(double gap) => Math.Exp(Math.Clamp(gap, -PolicyLoss.MaxLogRatio, PolicyLoss.MaxLogRatio));

    private static string Name(string part) => $"{Metric.Importance}/{part}";
}
