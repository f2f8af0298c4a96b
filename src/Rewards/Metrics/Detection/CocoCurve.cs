namespace Vlm.Rewards;

/// <summary>Precision over recall of one category at one threshold, of images that may count several times or not at all.</summary>
internal sealed class CocoCurve
{
    private const int Recalls = 101;
    private readonly (int Image, bool IsHit)[] _detections;
    private readonly (int Image, int Count)[] _objects;

    /// <summary>Puts the detections of all images in the order of how sure they are.</summary>
    /// <param name="images">With their numbers, in the order in which equal scores keep.</param>
    public CocoCurve(IReadOnlyList<(int Number, CocoMatching Matching)> images)
    {
        _detections = [.. images.SelectMany(image => image.Matching.Detections.Select(found => (image.Number, found.Score, found.IsHit)))
            .OrderByDescending(found => found.Score).Select(found => (found.Number, found.IsHit))];
        _objects = [.. images.Select(image => (image.Number, image.Matching.Objects)).Where(image => image.Objects > 0)];
    }

    /// <summary>The mean of the precision's falling envelope at 101 recalls; NaN where there is no object.</summary>
    /// <param name="times">How often each image counts; copies of one follow each other.</param>
    public double AveragePrecision(ReadOnlySpan<int> times)
    {
        double objects = 0;
        foreach ((int image, int count) in _objects)
            objects += times[image] * count;
        if (objects == 0)
            return double.NaN;
        (double right, double all) = (0, 0);
        foreach ((int image, bool hit) in _detections)
            (right, all) = (right + (hit ? times[image] : 0), all + times[image]);
        return all == 0 ? 0 : Envelope(times, objects, right, all) / Recalls;
    }

    // From the last detection to the first: each recall takes the best precision from the first place on that reaches it.
    private double Envelope(ReadOnlySpan<int> times, double objects, double right, double all)
    {
        (double best, double sum, int step) = (0, 0, Recalls - 1);
        while (right / objects < At(step))
            step--;
        for (int i = _detections.Length - 1; i >= 0; i--)
        {
            if (times[_detections[i].Image] is not (> 0 and var count))
                continue;
            best = Math.Max(best, right / all);
            (right, all) = (right - (_detections[i].IsHit ? count : 0), all - count);
            for (; all > 0 && right / objects < At(step); step--)
                sum += best;
        }

        return sum + (best * (step + 1));
    }

    // 70 * 0.01 is above 0.7, so seven of ten objects do not reach it.
    private static double At(int step) => step == Recalls - 1 ? 1 : step * 0.01;
}
