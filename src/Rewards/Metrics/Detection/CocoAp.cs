namespace Vlm.Rewards;

/// <summary>COCO's average precision of boxes.</summary>
/// <remarks>
/// Lin et al. 2014, arXiv:1405.0312, and cocodataset.org/#detection-eval. Source: cocodataset/cocoapi,
/// PythonAPI/pycocotools/cocoeval.py, and bbIou of common/maskApi.c. IoU thresholds 0.50 to 0.95 in ten steps, precision at 101 recalls,
/// its envelope falling, 100 detections of a category for each image, the mean over categories that are there. Harnesses run the same
/// code; Visual-RFT's and VLM-R1's "mAP" ask only for some categories, and are not comparable.
/// </remarks>
public static class CocoAp
{
    private const double Anything = 1e10, Small = 32 * 32, Medium = 96 * 96;

    // np.linspace: the last is exact, the others are steps from the first.
    internal static readonly double[] Thresholds =
        [.. Enumerable.Range(0, 10).Select(i => i == 9 ? 0.95 : 0.5 + (i * ((0.95 - 0.5) / 9)))];

    /// <summary>
    /// AP of all images: the mean over thresholds and categories; NaN where no image has an object. Parts: AP50, AP75, AP_small,
    /// AP_medium, AP_large (of objects below 32 x 32, below 96 x 96, and larger), and "category/NAME" for each category that is there.
    /// </summary>
    /// <param name="images">In the order of their ids: of detections with equal scores the earlier image's come first.</param>
    public static CorpusScore Of(IReadOnlyList<CocoImage> images)
    {
        string[] categories = Categories(images);
        CocoImage[][] byCategory = [.. categories.Select(category => Only(images, category))];
        double[][] precision = [.. byCategory.Select(own => Precision(own, 0, Anything))];      // (category, threshold)
        int objects = images.Sum(image => image.Truths.Count(truth => !truth.IsCrowd));
        return new(Mean(precision.SelectMany(row => row)), images.Count, images.Count(image => !image.IsParsed),
        [
            new("AP50", Mean(precision.Select(row => row[0])), objects), new("AP75", Mean(precision.Select(row => row[5])), objects),
            Sized("AP_small", 0, Small), Sized("AP_medium", Small, Medium), Sized("AP_large", Medium, Anything),
            .. categories.Select((category, i) => new MetricPart($"category/{category}", Mean(precision[i]),
                images.Sum(image => image.Truths.Count(truth => truth.Category == category && !truth.IsCrowd)))),
        ]);

        MetricPart Sized(string name, double least, double most) => new(
            name, Mean(byCategory.SelectMany(own => Precision(own, least, most))),
            images.Sum(image => image.Truths.Count(truth => !truth.IsCrowd && truth.Area >= least && truth.Area <= most)));
    }

    /// <summary>AP with its 95 % interval: percentiles over images that are drawn with repetition.</summary>
    /// <remarks>
    /// Efron 1979, https://doi.org/10.1214/aos/1176344552. Each image is matched once; what is drawn is how often it counts. Of equal scores
    /// the earlier image's stay first, and copies of one follow each other.
    /// </remarks>
    /// <param name="images">As <see cref="Of"/> takes them.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <param name="resamples">How often the images are drawn anew; 2 or more.</param>
    /// <returns>NaN where no image has an object.</returns>
    public static Interval IntervalOf(IReadOnlyList<CocoImage> images, long seed = 0, int resamples = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 2);
        CocoCurve[] curves = [.. Categories(images).SelectMany(category => Curves(images, category))];
        var random = new SplitMix(seed);
        var times = new int[images.Count];
        double[] drawn = [.. Enumerable.Range(0, resamples).Select(_ => Drawn()).Where(double.IsFinite).Order()];
        return drawn.Length == 0 ? new(double.NaN, double.NaN, double.NaN)
            : new(Of(images).Value, Interval.Quantile(drawn, 0.025), Interval.Quantile(drawn, 0.975));

        double Drawn()
        {
            Array.Clear(times);
            for (int i = 0; i < times.Length; i++)
                times[random.Next(times.Length)]++;
            return Mean(curves.Select(curve => curve.AveragePrecision(times)));
        }
    }

    // One for each threshold.
    private static IEnumerable<CocoCurve> Curves(IReadOnlyList<CocoImage> images, string category)
    {
        (int Number, CocoImage Image)[] own = [.. images.Index().Select(image => (image.Index, Image: Only(image.Item, category)))
            .Where(image => image.Image.Truths.Count + image.Image.Detections.Count > 0)];
        return Thresholds.Select(threshold => new CocoCurve(
            [.. own.Select(image => (image.Number, CocoMatching.Of(image.Image, threshold, 0, Anything)))]));
    }

    // Those that are there.
    private static string[] Categories(IReadOnlyList<CocoImage> images) =>
        [.. images.SelectMany(image => image.Truths).Select(truth => truth.Category).Distinct().Order(StringComparer.Ordinal)];

    // One for each threshold.
    private static double[] Precision(CocoImage[] images, double least, double most) => [.. Thresholds.Select(threshold =>
        CocoMatching.AveragePrecision([.. images.Select(image => CocoMatching.Of(image, threshold, least, most))]))];

    private static CocoImage[] Only(IReadOnlyList<CocoImage> images, string category) =>
        [.. images.Select(image => Only(image, category)).Where(image => image.Truths.Count > 0 || image.Detections.Count > 0)];

    private static CocoImage Only(CocoImage image, string category) => new(
        [.. image.Truths.Where(truth => truth.Category == category)], [.. image.Detections.Where(found => found.Category == category)]);

    // Of what is defined: a category without an object is left out.
    private static double Mean(IEnumerable<double> values) => values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
