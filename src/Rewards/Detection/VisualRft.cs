namespace Vlm.Rewards;

/// <summary>A claim, matched.</summary>
/// <param name="Overlap">Its IoU with the object it met; 0 where it met none.</param>
/// <param name="Confidence">As it was said; null where it was not.</param>
public readonly record struct MatchedClaim(double Overlap, double? Confidence);

/// <summary>The detection rewards of Visual-RFT: overlap and confidence.</summary>
/// <remarks>
/// <code>
/// R_IoU  = sum of matched IoU / max(objects, claims)
/// R_conf = mean over claims of (c where it met an object, else 1 - c)
/// </code>
/// Liu et al. 2025, arXiv:2503.01785, section 3.2; github.com/Liuziyu77/Visual-RFT at 9486633, src/virft/src/open_r1/grpo.py. A box that
/// is claimed twice counts once. By falling confidence each claim takes the free object it overlaps most, and has met it where that is
/// above one half. Differs: a claim without a confidence comes first, and earns nothing for it, where the published code gives the whole
/// answer 0; confidences outside of 0 to 1 are none, where it clips their mean; objects that have labels are met only by claims that say
/// them.
/// </remarks>
public static class VisualRft
{
    private const double Threshold = 0.5;

    /// <summary>Matches claims with objects.</summary>
    /// <param name="claims">In any order.</param>
    /// <param name="truths">The objects.</param>
    /// <returns>By falling confidence; those of equal confidence in their order.</returns>
    public static IReadOnlyList<MatchedClaim> Match(IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths)
    {
        var taken = new bool[truths.Count];
        var matched = new List<MatchedClaim>();
        foreach (Detection claim in claims.DistinctBy(one => one.Box).OrderByDescending(one => one.Confidence ?? 1))
        {
            (int best, double most) = (-1, 0);
            for (int i = 0; i < truths.Count; i++)
                if (!taken[i] && claim.IsCalled(truths[i]) && Iou.Overlap(claim.Box, truths[i].Box) is var overlap && overlap > most)
                    (best, most) = (i, overlap);
            bool met = most > Threshold;
            if (met)
                taken[best] = true;
            matched.Add(new(met ? most : 0, claim.Confidence));
        }

        return matched;
    }

    /// <summary>R_IoU, 0 to 1: no claim earns 0, unless there is no object.</summary>
    /// <param name="matched">As <see cref="Match"/> gives it.</param>
    /// <param name="objects">How many there are.</param>
    public static double Overlap(IReadOnlyList<MatchedClaim> matched, int objects) => Math.Max(objects, matched.Count) is > 0 and var most
        ? matched.Sum(one => one.Overlap) / most : 1;

    /// <summary>The form before it: the mean over claims alone, which pays for claiming little. 0 without claims.</summary>
    /// <param name="matched">As <see cref="Match"/> gives it.</param>
    public static double OverlapOfClaims(IReadOnlyList<MatchedClaim> matched) => matched.Count == 0 ? 0 : matched.Average(one => one.Overlap);

    /// <summary>R_conf, 0 to 1; 0 without claims.</summary>
    /// <param name="matched">As <see cref="Match"/> gives it.</param>
    public static double Confidence(IReadOnlyList<MatchedClaim> matched) => matched.Count == 0 ? 0
        : matched.Average(one => one.Confidence is { } said ? one.Overlap > 0 ? said : 1 - said : 0);

    /// <summary>R_IoU of an answer.</summary>
    public static Score OverlapScore(Answer answer, Truth.Boxes truth) =>
        AnsweredDetections.Score(answer, truth, (claims, all) => Overlap(Match(claims, all), all.Count));

    /// <summary>R_conf of an answer; 1 where there is nothing and it says so.</summary>
    public static Score ConfidenceScore(Answer answer, Truth.Boxes truth)
    {
        (IReadOnlyList<Detection>? claims, string problem) = AnsweredDetections.Read(answer, truth);
        if (claims is null)
            return Score.Zero(problem);
        return claims.Count == 0
            ? truth.Items.Count == 0 ? Score.One("nothing is there") : Score.Zero("no claim")
            : new(Confidence(Match(claims, truth.Items)), $"confidences of {claims.Count} claims");
    }
}
