namespace Vlm.Rewards;

/// <summary>How much a second system scores above a first on the same questions, by a paired bootstrap.</summary>
/// <param name="Difference">Mean of second minus first, with its 95 % interval.</param>
/// <param name="PValue">
/// Two-sided: twice the share of resamples, with one added to both counts, in which the sign of the difference turns or vanishes.
/// </param>
/// <remarks>Efron and Tibshirani 1993, chapter 16; Koehn 2004, https://aclanthology.org/W04-3250, for pairs of systems.</remarks>
public sealed record PairedDifference(Interval Difference, double PValue)
{
    /// <summary>Draws questions with repetition, both systems' scores together.</summary>
    /// <param name="first">The first system's scores, question by question.</param>
    /// <param name="second">The second system's on the same questions, in the same order.</param>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <param name="resamples">How often questions are drawn.</param>
    /// <exception cref="ArgumentException">There are none, or they are not as many.</exception>
    public static PairedDifference Of(
        IReadOnlyList<double> first, IReadOnlyList<double> second, long seed = 0, int resamples = 2000)
    {
        if (first.Count != second.Count || first.Count == 0)
            throw new ArgumentException($"{first.Count} and {second.Count} scores are no pairs", nameof(second));
        double[] differences = [.. first.Zip(second, (a, b) => b - a)];
        double mean = differences.Average();
        double[] means = Interval.Resampled(differences, seed, resamples);
        int turned = means.Count(resampled => resampled * mean <= 0);
        return new(new(mean, Interval.Quantile(means, 0.025), Interval.Quantile(means, 0.975)),
            Math.Min(1, 2.0 * (turned + 1) / (resamples + 1)));
    }
}
