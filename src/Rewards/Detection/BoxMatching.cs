namespace Vlm.Rewards;

/// <summary>A claim and the object it met.</summary>
/// <param name="Claim">Number of the claim.</param>
/// <param name="Truth">Number of the object.</param>
/// <param name="Overlap">Their IoU.</param>
public readonly record struct BoxPair(int Claim, int Truth, double Overlap);

/// <summary>Pairs claims with objects, each at most once.</summary>
public static class BoxMatching
{
    /// <summary>The pair that overlaps most first, then the next that is free, down to a threshold.</summary>
    /// <remarks>Of pairs that overlap equally the earlier claim's comes first, then the earlier object's.</remarks>
    /// <param name="claims">What was claimed.</param>
    /// <param name="truths">The objects.</param>
    /// <param name="threshold">The least IoU of a pair, which counts as reached when equal; above 0.</param>
    /// <param name="labelled">A pair must have the same label.</param>
    public static IReadOnlyList<BoxPair> Of(
        IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths, double threshold, bool labelled)
    {
        var pairs = new List<BoxPair>();
        for (int i = 0; i < claims.Count; i++)
            for (int j = 0; j < truths.Count; j++)
                if (!labelled || claims[i].IsCalled(truths[j]))
                    if (Iou.Overlap(claims[i].Box, truths[j].Box) is var overlap && overlap >= threshold - AnsweredBox.Rounding)
                        pairs.Add(new(i, j, overlap));

        (var claimed, var met) = (new bool[claims.Count], new bool[truths.Count]);
        var chosen = new List<BoxPair>();
        foreach (BoxPair pair in pairs.OrderByDescending(pair => pair.Overlap))
            if (!claimed[pair.Claim] && !met[pair.Truth])
            {
                claimed[pair.Claim] = met[pair.Truth] = true;
                chosen.Add(pair);
            }

        return chosen;
    }
}
