namespace Vlm.Rewards.Learned;

/// <summary>How strongly an ensemble of reward models prefers the chosen answer of a pair.</summary>
/// <remarks>
/// Wang et al. 2024, arXiv:2401.06080, section 2.1: of each model m the difference d_m = r_m(chosen) - r_m(rejected);
/// the strength is their mean, the doubt their standard deviation, with n below it. The released data set has both.
/// </remarks>
/// <param name="Mean">Below 0 the ensemble prefers the rejected answer.</param>
/// <param name="Std">How far its models are apart.</param>
public readonly record struct PreferenceStrength(double Mean, double Std)
{
    /// <summary>The strength of one pair.</summary>
    /// <param name="differences">One for each model, one at least.</param>
    public static PreferenceStrength Of(IReadOnlyList<double> differences)
    {
        double mean = differences.Average();
        return new(mean, Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / differences.Count));
    }
}

/// <summary>What is done with a pair, by its strength.</summary>
public enum PairTreatment
{
    /// <summary>It is learned as it is.</summary>
    Keep,

    /// <summary>Its sides change places: the ensemble says the label is wrong.</summary>
    Flip,

    /// <summary>Its label is softened: the ensemble is in doubt.</summary>
    Soften,
}

/// <summary>One pair of a cleaned data set.</summary>
/// <param name="Treatment">What is done with it.</param>
/// <param name="Smoothing">Probability that the label is wrong, as the loss takes it.</param>
/// <param name="Margin">By how much the scores are to differ at least.</param>
public readonly record struct CleanedPair(PairTreatment Treatment, double Smoothing, double Margin);

/// <summary>How pairs of doubtful labels are cleaned.</summary>
/// <param name="FlipShare">The most of all pairs that change sides: those of the lowest mean, as far as it is below 0.</param>
/// <param name="SoftenShare">The share of all pairs, next in strength, whose labels are softened.</param>
/// <param name="Smoothing">What a softened label counts as wrong.</param>
/// <param name="AdaptiveMargin">Gives every pair its strength as a margin, never below 0.</param>
public sealed record PairCleaning(double FlipShare = 0.2, double SoftenShare = 0.2, double Smoothing = 0.1, bool AdaptiveMargin = false)
{
    /// <summary>Says what is done with each pair.</summary>
    /// <remarks>
    /// Wang et al. 2024, arXiv:2401.06080, section 2.3: labels of the weakest 20 % are flipped, those of the middle smoothed.
    /// A pair of which the ensemble is sure, in either direction, keeps its margin after a flip.
    /// </remarks>
    /// <param name="strengths">Of all pairs.</param>
    /// <returns>In their order.</returns>
    public IReadOnlyList<CleanedPair> Clean(IReadOnlyList<PreferenceStrength> strengths)
    {
        int[] order = [.. Enumerable.Range(0, strengths.Count).OrderBy(i => strengths[i].Mean)];
        int flips = order.TakeWhile(i => strengths[i].Mean < 0).Take((int)Math.Round(FlipShare * strengths.Count)).Count();
        int softened = (int)Math.Round(SoftenShare * strengths.Count);
        var cleaned = new CleanedPair[strengths.Count];
        foreach ((int rank, int i) in order.Index())
        {
            PairTreatment treatment = rank < flips ? PairTreatment.Flip : rank < flips + softened ? PairTreatment.Soften : PairTreatment.Keep;
            cleaned[i] = new(treatment, treatment == PairTreatment.Soften ? Smoothing : 0,
                AdaptiveMargin ? Math.Max(0, treatment == PairTreatment.Flip ? -strengths[i].Mean : strengths[i].Mean) : 0);
        }
        return cleaned;
    }
}
