namespace Vlm.Rewards;

/// <summary>The detection rewards of VLM-R1: average precision, the same against many claims, and a weighted sum.</summary>
/// <remarks>
/// <para>Shen et al. 2025, arXiv:2504.07615, section 3.2; github.com/om-ai-lab/VLM-R1 at 90052f4, grpo_jsonl.py: od_reward (od_ap,
/// od_ap50), odLength_reward and detection_score (weighted_sum).</para>
/// <para>Differs: a label that no object has costs as a category without a hit, where the published code drops such claims; boxes share
/// what they share, where it takes a pixel off; nothing claimed is right where there is nothing only if the answer says so, where it
/// pays for any text without boxes.</para>
/// </remarks>
public static class VlmR1Detection
{
    private const double Position = 0.7, Completeness = 0.3, Threshold = 0.5;

    /// <summary>
    /// COCO's average precision on one image, all claims equally sure: the mean over categories and the thresholds 0.50 to 0.95. Claims
    /// behind the last hit cost nothing: <see cref="WithLength"/> is the one to train with.
    /// </summary>
    /// <param name="claims">What was claimed, in its order.</param>
    /// <param name="truths">The objects.</param>
    /// <param name="at50">The threshold 0.50 alone.</param>
    public static double AveragePrecision(IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths, bool at50 = false)
    {
        if (truths.Count == 0 || claims.Count == 0)
            return truths.Count == claims.Count ? 1 : 0;
        bool named = truths.Any(truth => truth.Label.Length > 0);
        string Name(string label) => named ? label.Trim().ToLowerInvariant() : "";
        ILookup<string, CocoTruth> objects = truths.ToLookup(truth => Name(truth.Label), truth => new CocoTruth("", CocoBox.Of(truth.Box)));
        ILookup<string, CocoDetection> found = claims.ToLookup(claim => Name(claim.Label), claim => new CocoDetection("", CocoBox.Of(claim.Box)));
        double[] thresholds = at50 ? CocoAp.Thresholds[..1] : CocoAp.Thresholds;
        double sum = objects.Sum(category => thresholds.Average(threshold => CocoMatching.AveragePrecision(
            [CocoMatching.Of(new([.. category], [.. found[category.Key]]), threshold, 0, double.PositiveInfinity)])));
        return sum / (objects.Count + found.Count(category => !objects.Contains(category.Key)));
    }

    /// <summary>odLength: average precision x min(1, objects / claims).</summary>
    /// <param name="claims">What was claimed, in its order.</param>
    /// <param name="truths">The objects.</param>
    public static double WithLength(IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths) =>
        AveragePrecision(claims, truths) * (claims.Count > truths.Count ? (double)truths.Count / claims.Count : 1);

    /// <summary>0.7 x (sum of IoU with the right label / objects) + 0.3 x (1 - (share missed + share of false alarms) / 2).</summary>
    /// <remarks>
    /// Pairs are found whatever their labels, so that a good box with a wrong label earns the 0.3 of completeness, as published.
    /// </remarks>
    /// <param name="claims">What was claimed.</param>
    /// <param name="truths">The objects.</param>
    public static double WeightedSum(IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths)
    {
        if (truths.Count == 0 || claims.Count == 0)
            return truths.Count == claims.Count ? 1 : 0;
        IReadOnlyList<BoxPair> pairs = BoxMatching.Of(claims, truths, Threshold, labelled: false);
        double overlap = pairs.Where(pair => claims[pair.Claim].IsCalled(truths[pair.Truth])).Sum(pair => pair.Overlap) / truths.Count;
        double missed = 1 - ((double)pairs.Count / truths.Count), falseAlarms = 1 - ((double)pairs.Count / claims.Count);
        return (Position * overlap) + (Completeness * (1 - ((missed + falseAlarms) / 2)));
    }
}
