namespace Vlm.Rewards.Learned;

/// <summary>A pair with the scores of its sides.</summary>
/// <param name="Kind">For tables.</param>
/// <param name="Chosen">Score of the better answer.</param>
/// <param name="Rejected">Score of the other.</param>
/// <param name="ChosenLength">Letters or tokens of the better answer; one unit for all.</param>
/// <param name="RejectedLength">Of the other.</param>
/// <param name="Strength">How much better the chosen answer is, where that is known.</param>
public sealed record ScoredPair(
    string Kind, double Chosen, double Rejected, int ChosenLength, int RejectedLength, double? Strength = null)
{
    /// <summary>r(chosen) - r(rejected).</summary>
    public double Difference => Chosen - Rejected;

    /// <summary>1 where the chosen answer scores higher, 0 where the other does, half for a tie, which is no knowledge.</summary>
    public double Correct => Difference > 0 ? 1 : Difference < 0 ? 0 : 0.5;
}

/// <summary>Accuracy over a part of the pairs.</summary>
/// <param name="Name">Of the part.</param>
/// <param name="Count">Pairs in it.</param>
/// <param name="Accuracy">Share of pairs whose chosen answer scores higher.</param>
public sealed record PairAccuracy(string Name, int Count, double Accuracy)
{
    /// <summary>Standard error of the share: sqrt(a (1 - a) / n).</summary>
    public double StandardError => Math.Sqrt(Accuracy * (1 - Accuracy) / Count);

    /// <summary>Of pairs, NaN of none.</summary>
    public static PairAccuracy Of(string name, IReadOnlyCollection<ScoredPair> pairs) =>
        new(name, pairs.Count, pairs.Count == 0 ? double.NaN : pairs.Average(pair => pair.Correct));
}

/// <summary>How well a reward orders held-out pairs, and what it is misled by.</summary>
/// <param name="All">Over all pairs; the standard error of a share of n is sqrt(a (1 - a) / n).</param>
/// <param name="MeanMargin">Mean of r(chosen) - r(rejected), in the reward's units.</param>
/// <param name="Kinds">By kind of pair.</param>
/// <param name="Strengths">By quarter of the known strengths, the weakest first; empty where none is known.</param>
/// <param name="LongerChosen">Pairs whose chosen answer is the longer one.</param>
/// <param name="ShorterChosen">Pairs whose chosen answer is the shorter one.</param>
/// <param name="LengthCorrelation">
/// Pearson's, of the differences of scores and of lengths, each pair in both orders, less that which the labels would have alone:
/// above 0 the reward prefers long answers more than the pairs do. NaN where neither lengths nor scores differ.
/// </param>
/// <param name="CalibrationError">
/// Expected calibration error of sigmoid(r(chosen) - r(rejected)) as the probability of being right, in ten bins of confidence:
/// Guo et al. 2017, arXiv:1706.04599, equation 3.
/// </param>
public sealed record PairReport(
    PairAccuracy All, double MeanMargin, IReadOnlyList<PairAccuracy> Kinds, IReadOnlyList<PairAccuracy> Strengths,
    PairAccuracy LongerChosen, PairAccuracy ShorterChosen, double LengthCorrelation, double CalibrationError)
{
    private const int Bins = 10, Quarters = 4;

    /// <summary>
    /// Mean over the kinds of their accuracies, so that each kind counts alike: the macro average of VL-RewardBench (Li et al. 2024,
    /// arXiv:2411.17451). <see cref="All"/> is the micro average, in which each pair counts alike.
    /// </summary>
    public double MacroAccuracy => Kinds.Average(kind => kind.Accuracy);

    /// <summary>Sums up pairs.</summary>
    /// <param name="pairs">At least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PairReport Of(IReadOnlyList<ScoredPair> pairs)
    {
        if (pairs.Count == 0)
            throw new ArgumentException("a report needs at least one pair", nameof(pairs));
        return new(
            PairAccuracy.Of("all", [.. pairs]), pairs.Average(pair => pair.Difference),
            [.. pairs.GroupBy(pair => pair.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => PairAccuracy.Of(kind.Key, [.. kind]))],
            ByStrength([.. pairs.Where(pair => pair.Strength is not null).OrderBy(pair => pair.Strength)]),
            PairAccuracy.Of("longer chosen", [.. pairs.Where(pair => pair.ChosenLength > pair.RejectedLength)]),
            PairAccuracy.Of("shorter chosen", [.. pairs.Where(pair => pair.ChosenLength < pair.RejectedLength)]),
            LengthBias(pairs), Calibration(pairs));
    }

    private static PairAccuracy[] ByStrength(ScoredPair[] known) => known.Length < Quarters ? [] :
        [.. Enumerable.Range(0, Quarters).Select(quarter => PairAccuracy.Of(
            $"quarter {quarter + 1}", known[(quarter * known.Length / Quarters)..((quarter + 1) * known.Length / Quarters)]))];

    // A pair counts in both orders, so that neither side has a sign of its own; the labels' own leaning is taken off.
    private static double LengthBias(IReadOnlyList<ScoredPair> pairs)
    {
        double[] lengths = [.. pairs.Select(pair => (double)(pair.ChosenLength - pair.RejectedLength))];
        return Cosine([.. pairs.Select(pair => pair.Difference)], lengths) - Cosine([.. pairs.Select(_ => 1.0)], lengths);
    }

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));

    private static double Calibration(IReadOnlyList<ScoredPair> pairs) => pairs
        .Select(pair => (Confidence: 1 / (1 + Math.Exp(-Math.Abs(pair.Difference))), pair.Correct))
        .GroupBy(item => Math.Min(Bins - 1, (int)(item.Confidence * Bins)))
        .Sum(bin => Math.Abs(bin.Average(item => item.Confidence) - bin.Average(item => item.Correct)) * bin.Count()) / pairs.Count;
}
