namespace Vlm.Rewards;

/// <summary>Detections of one category on one image, matched to its objects at one threshold.</summary>
/// <param name="Objects">How many objects count.</param>
/// <param name="Detections">Those that count, by falling score: how sure, and whether one of the objects was met.</param>
internal sealed record CocoMatching(int Objects, IReadOnlyList<(double Score, bool IsHit)> Detections)
{
    private const int MostDetections = 100;
    private const double NearlyOne = 1 - 1e-10;

    /// <summary>
    /// Each detection takes, surest first, the object that it overlaps most among those that are free, at least by the threshold; of
    /// equal overlaps the last. Objects outside the range of sizes, and crowds, are taken only where no other can be, and then the
    /// detection does not count; a crowd stays free.
    /// </summary>
    public static CocoMatching Of(CocoImage image, double threshold, double least, double most)
    {
        (CocoTruth Truth, bool Counts)[] truths = [.. image.Truths
            .Select(truth => (truth, Counts: !truth.IsCrowd && truth.Area >= least && truth.Area <= most))
            .OrderBy(item => item.Counts ? 0 : 1)];
        var taken = new bool[truths.Length];
        var detections = new List<(double, bool)>();
        foreach (CocoDetection detection in image.Detections.OrderByDescending(detection => detection.Score).Take(MostDetections))
        {
            int? match = Best(detection.Box, truths, taken, Math.Min(threshold, NearlyOne));
            if (match is { } met)
                taken[met] = true;
            if (match is { } hit ? truths[hit].Counts : detection.Box.Area >= least && detection.Box.Area <= most)
                detections.Add((detection.Score, match is not null));
        }

        return new(truths.Count(item => item.Counts), detections);
    }

    /// <summary>The mean of the precision's falling envelope at 101 recalls; NaN where there is no object.</summary>
    /// <param name="images">In the order in which equal scores keep.</param>
    public static double AveragePrecision(IReadOnlyList<CocoMatching> images) =>
        new CocoCurve([.. images.Index()]).AveragePrecision([.. Enumerable.Repeat(1, images.Count)]);

    private static int? Best(CocoBox box, (CocoTruth Truth, bool Counts)[] truths, bool[] taken, double least)
    {
        int? best = null;
        for (int i = 0; i < truths.Length; i++)
        {
            if (taken[i] && !truths[i].Truth.IsCrowd)
                continue;
            if (best is { } met && truths[met].Counts && !truths[i].Counts)
                break;
            double overlap = box.Overlap(truths[i].Truth.Box, truths[i].Truth.IsCrowd);
            if (overlap >= least)
                (least, best) = (overlap, i);
        }

        return best;
    }
}
