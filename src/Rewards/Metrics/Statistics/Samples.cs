namespace Vlm.Rewards;

/// <summary>What several samples of one question are worth together.</summary>
public static class Samples
{
    /// <summary>pass@k: how likely at least one of k samples is right, estimated without bias from more samples.</summary>
    /// <param name="right">How many of the samples were right.</param>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="k">How many may be tried, at most as many as there are.</param>
    /// <returns>1 - C(samples - right, k) / C(samples, k).</returns>
    /// <remarks>Chen et al. 2021, arXiv:2107.03374, equation 1.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">k is not 1 to samples, or right not 0 to samples.</exception>
    public static double PassAtK(int right, int samples, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, samples);
        double none = 1;
        for (int i = samples - right + 1; i <= samples; i++)
            none *= Math.Max(0, 1 - ((double)k / i));
        return 1 - none;
    }

    /// <summary>The answer that most samples give; of equally many the one that was given first.</summary>
    /// <param name="answers">What was extracted from each sample; null where nothing was, which does not vote.</param>
    /// <returns>Its place among the samples, the first that gives it; null where none votes.</returns>
    /// <remarks>Wang et al. 2022 (self-consistency), arXiv:2203.11171.</remarks>
    public static int? Majority(IReadOnlyList<string?> answers) => answers.Index().Where(answer => answer.Item is not null)
        .GroupBy(answer => answer.Item, StringComparer.Ordinal).MaxBy(group => group.Count())?.First().Index;

    /// <summary>The sample that a scorer, such as a reward model, likes best; of equals the first.</summary>
    /// <param name="scores">Of each sample; at least one.</param>
    /// <returns>Its place among the samples.</returns>
    public static int Best(IReadOnlyList<double> scores) => scores.Index().MaxBy(score => score.Item).Index;

    /// <summary>
    /// The truth's score of the best of n samples by another scorer, expected over which n of all samples are drawn: best-of-n without
    /// drawing.
    /// </summary>
    /// <param name="scores">What the choosing scorer gives each sample.</param>
    /// <param name="values">What each sample is worth, such as 1 where it is right.</param>
    /// <param name="n">How many are drawn, at most as many as there are.</param>
    /// <remarks>
    /// Nakano et al. 2021 (WebGPT), arXiv:2112.09332, appendix I: of samples in rising order, number i is the best with probability
    /// C(i - 1, n - 1) / C(samples, n). Of equal scores the earlier sample is the better, as <see cref="Best"/> has it.
    /// </remarks>
    /// <exception cref="ArgumentException">They are not as many, or n is not 1 to their number.</exception>
    public static double BestOf(IReadOnlyList<double> scores, IReadOnlyList<double> values, int n)
    {
        if (scores.Count != values.Count || n < 1 || n > scores.Count)
            throw new ArgumentException($"{scores.Count} scores, {values.Count} values and the best of {n} do not fit", nameof(n));
        double chance = (double)n / scores.Count, sum = 0;      // of the best of all: C(N - 1, n - 1) / C(N, n)
        int left = scores.Count;
        foreach ((double value, _) in values.Zip(scores).OrderByDescending(pair => pair.Second))
        {
            sum += chance * value;
            chance *= (double)(left - n) / (left - 1);          // C(i - 2, n - 1) / C(i - 1, n - 1) = (i - n) / (i - 1)
            if (--left < n)
                break;
        }

        return sum;
    }
}
