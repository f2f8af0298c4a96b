using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// From logits to the distribution that is really sampled: repetition penalty and bans, then, unless greedy, temperature,
/// top-k, top-p and min-p.
/// </summary>
/// <remarks>
/// The order and the treatment of ties are those of the reference implementation's generation. Removed tokens get a
/// finite, hopeless log-prob, so that entropies stay finite.
/// </remarks>
public static class TokenDistribution
{
    /// <summary>The log-prob of a token that cannot be sampled.</summary>
    public const float Never = -1e9f;

    // Below it scores are made relative to the best, or dividing would carry them past Never.
    private const double Cold = 1e-4;

    /// <summary>Natural-log probabilities of the distribution to sample from.</summary>
    /// <param name="logits">[N, V], any float type; a gradient passes through.</param>
    /// <param name="sampling">Filters; greedy sampling uses none and temperature 1.</param>
    /// <param name="bans">[V] 0, or <see cref="Never"/> on tokens that must not be sampled; null bans none.</param>
    /// <param name="history">What earlier tokens change, row by row; null where nothing depends on them.</param>
    /// <returns>[N, V] float32.</returns>
    public static Tensor LogProbs(Tensor logits, Sampling sampling, Tensor? bans, HistoryMasks? history = null) =>
        Scores(logits, sampling, bans, history).log_softmax(-1);

    /// <summary>The same before it is normalised.</summary>
    internal static Tensor Scores(Tensor logits, Sampling sampling, Tensor? bans, HistoryMasks? history)
    {
        Tensor scores = logits.to(ScalarType.Float32);
        if (history?.Seen is { } seen)
            scores = Penalise(scores, seen, sampling.RepetitionPenalty);
        if (history?.Banned is { } banned)
            scores = scores.masked_fill(banned, Never);
        if (bans is not null)
            scores = scores + bans;
        return sampling.Greedy ? scores : Filter(Divide(scores, sampling.Temperature), sampling);
    }

    /// <summary>Samples one token of each row by inverting the cumulative distribution.</summary>
    /// <param name="logProbs">[N, V]</param>
    /// <param name="uniforms">[N] in [0, 1).</param>
    /// <returns>[N] ids.</returns>
    public static Tensor Sample(Tensor logProbs, Tensor uniforms)
    {
        Tensor cumulative = logProbs.exp().cumsum(-1);                                        // [N, V]
        Tensor threshold = uniforms.unsqueeze(-1) * cumulative.narrow(-1, cumulative.shape[^1] - 1, 1);
        return cumulative.le(threshold).sum(-1);
    }

    // Keskar et al. 2019, https://arxiv.org/abs/1909.05858, section 4.1, with the sign minded.
    private static Tensor Penalise(Tensor scores, Tensor seen, double penalty) =>
        where(seen, where(scores.lt(0), scores * penalty, scores / penalty), scores);

    private static Tensor Divide(Tensor scores, double temperature)
    {
        if (temperature == 1)
            return scores;
        if (temperature < Cold)
            scores = scores - scores.detach().amax([-1], keepdim: true);
        return scores / temperature;
    }

    private static Tensor Filter(Tensor scores, Sampling sampling)
    {
        if (sampling.TopK > 0 && sampling.TopK < scores.shape[^1])
            scores = TopK(scores, sampling.TopK);
        if (sampling.TopP < 1)
            scores = TopP(scores, sampling.TopP);
        return sampling.MinP > 0 ? MinP(scores, sampling.MinP) : scores;
    }

    private static Tensor TopK(Tensor scores, int k)
    {
        Tensor least = scores.topk(k, -1).values.narrow(-1, k - 1, 1);                        // [N, 1]
        return scores.masked_fill(scores.lt(least), Never);
    }

    // Ascending, so that what falls out is a run at the start; the most likely always stays. Not a stable sort: of equal
    // tokens the reference keeps those that its plain sort puts last.
    private static Tensor TopP(Tensor scores, double p)
    {
        (Tensor sorted, Tensor order) = scores.detach().sort(-1);
        Tensor outside = sorted.softmax(-1).cumsum(-1).le(1 - p);
        outside.narrow(-1, outside.shape[^1] - 1, 1).fill_(false);
        return scores.masked_fill(outside.scatter(-1, order, outside), Never);
    }

    private static Tensor MinP(Tensor scores, double p)
    {
        Tensor probabilities = scores.detach().softmax(-1);
        return scores.masked_fill(probabilities.lt(probabilities.amax([-1], keepdim: true) * p), Never);
    }
}
