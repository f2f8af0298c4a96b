namespace Vlm.Grpo;

/// <summary>Weights that make rollouts of one distribution count as if another had sampled them. Pure, in double precision.</summary>
/// <remarks>
/// <code>
/// token     : w[b,t] = exp(log p[b,t] - log q[b,t])            p in training before the update, q the engine that sampled
/// sequence  : w[b]   = exp(sum_t (log p - log q))
/// geometric : w[b]   = exp(sum_t (log p - log q) / length)
/// truncate  : min &lt;= w &lt;= max         mask: w outside [min, max] becomes 0
/// </code>
/// Truncation: Yao et al. 2025, https://fengyao.notion.site/off-policy-rl; TRL's four modes, verl's rollout_is (a pair of bounds
/// masks, as IcePop, Ling team 2025, arXiv:2510.18855), ms-swift's geometric mean. Log-ratios are clipped to
/// +-<see cref="PolicyLoss.MaxLogRatio"/>, as in verl.
/// </remarks>
public static class ImportanceWeights
{
    /// <summary>One per action; those of a completion are the same where it has one weight.</summary>
    /// <param name="policy">Log-probs in training, a row per completion.</param>
    /// <param name="sampler">Those of the engine that sampled, as many.</param>
    /// <param name="options">Which weights, and their bounds.</param>
    /// <exception cref="ArgumentException">Rows that differ in length.</exception>
    public static double[][] Of(IReadOnlyList<float[]> policy, IReadOnlyList<float[]> sampler, CorrectionOptions options)
    {
        double[][] raw = Raw(LogRatios(policy, sampler), options.SamplerCorrection);
        double[][] held = [.. raw.Select(row => row.Select(weight => Held(weight, options)).ToArray())];
        return options.CorrectionNormalize ? Normalized(held, options.SamplerCorrection) : held;
    }

    /// <summary>The same before bounds.</summary>
    internal static double[][] Raw(double[][] logRatios, SamplerCorrection kind) => kind switch
    {
        SamplerCorrection.None => [.. logRatios.Select(row => Same(row, 0))],
        SamplerCorrection.TokenTruncate or SamplerCorrection.TokenMask => [.. logRatios.Select(row => row.Select(Exp).ToArray())],
        SamplerCorrection.SequenceTruncate or SamplerCorrection.SequenceMask => [.. logRatios.Select(row => Same(row, row.Sum()))],
        SamplerCorrection.GeometricTruncate or SamplerCorrection.GeometricMask =>
            [.. logRatios.Select(row => Same(row, row.Length == 0 ? 0 : row.Average()))],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "there is no such correction"),
    };

    /// <summary>log p - log q of each action.</summary>
    internal static double[][] LogRatios(IReadOnlyList<float[]> policy, IReadOnlyList<float[]> sampler)
    {
        if (policy.Count != sampler.Count || policy.Zip(sampler).Any(pair => pair.First.Length != pair.Second.Length))
            throw new ArgumentException("the policy and the sampler must have a log-prob each for every action");
        return [.. policy.Zip(sampler, (p, q) => p.Zip(q, (x, y) => (double)x - y).ToArray())];
    }

    private static double Held(double weight, CorrectionOptions options)
    {
        (double low, double high) = (options.CorrectionMin, options.CorrectionMax);
        return options.SamplerCorrection switch
        {
            SamplerCorrection.None => weight,
            SamplerCorrection.TokenMask or SamplerCorrection.SequenceMask or SamplerCorrection.GeometricMask =>
                weight >= low && weight <= high ? weight : 0,
            _ => Math.Clamp(weight, low, high),
        };
    }

    // Of tokens over tokens, of completions over completions; all zeros stay as they are.
    private static double[][] Normalized(double[][] weights, SamplerCorrection kind)
    {
        bool each = kind is SamplerCorrection.TokenTruncate or SamplerCorrection.TokenMask;
        double mean = weights.Where(row => row.Length > 0).SelectMany(row => each ? row : row[..1]).DefaultIfEmpty(1).Average();
        return mean > 1e-8 ? [.. weights.Select(row => row.Select(weight => weight / mean).ToArray())] : weights;
    }

    private static double[] Same(double[] row, double logRatio) => [.. Enumerable.Repeat(Exp(logRatio), row.Length)];

    private static double Exp(double logRatio) => Math.Exp(Math.Clamp(logRatio, -PolicyLoss.MaxLogRatio, PolicyLoss.MaxLogRatio));
}
