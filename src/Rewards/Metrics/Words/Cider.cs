namespace Vlm.Rewards;

/// <summary>A caption and what people wrote of the same image.</summary>
/// <param name="Text">The caption.</param>
/// <param name="References">At least one.</param>
/// <param name="Category">For the table of parts; may be empty.</param>
public sealed record CiderCaption(string Text, IReadOnlyList<string> References, string Category = "");

/// <summary>CIDEr-D of captions, the score that COCO's leaderboard calls CIDEr; 10 where each caption is its only reference.</summary>
/// <remarks>
/// Vedantam et al. 2015, arXiv:1411.5726, equations 1 to 3 and section 5 (CIDEr-D). Source: tylin/coco-caption,
/// pycocoevalcap/cider/cider_scorer.py; both harnesses run it. Groups of one to four words; a group weighs its count times the logarithm
/// of images over images whose references have it; cosine of the weights, each clipped to the reference's, times
/// exp(-difference^2 / 72) of the numbers of pairs; mean over lengths of groups and references, times 10. Papers quote it times 100,
/// as 1.20 or 120: the leaderboard's number is this one over all images, where 1 is common. It depends on all images: of a single one
/// every weight is 0, and so is the score. Words are parted as <see cref="PtbWords"/> does.
/// </remarks>
public static class Cider
{
    private const int Longest = 4;
    private const double Scale = 10, TwiceVariance = 2 * 6.0 * 6.0;

    /// <summary>The mean over captions; parts are means by category.</summary>
    /// <param name="captions">Of all images of a benchmark; an empty caption counts as unparsed, and scores 0.</param>
    public static CorpusScore Of(IReadOnlyList<CiderCaption> captions)
    {
        IReadOnlyList<double> scores = Each(captions);
        IEnumerable<MetricPart> categories = captions.Zip(scores).Where(pair => pair.First.Category.Length > 0)
            .GroupBy(pair => pair.First.Category, pair => pair.Second).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricPart(group.Key, group.Average(), group.Count()));
        return new(scores.DefaultIfEmpty(double.NaN).Average(), captions.Count,
            captions.Count(caption => string.IsNullOrWhiteSpace(caption.Text)), [.. categories]);
    }

    /// <summary>The score of each caption, in their order.</summary>
    /// <param name="captions">Of all images of a benchmark.</param>
    /// <exception cref="ArgumentException">A caption has no reference.</exception>
    public static IReadOnlyList<double> Each(IReadOnlyList<CiderCaption> captions)
    {
        if (captions.Any(caption => caption.References.Count == 0))
            throw new ArgumentException("a caption has no reference", nameof(captions));
        Dictionary<string, int>[][] references = [.. captions.Select(caption => caption.References.Select(Groups).ToArray())];
        Dictionary<string, int> images = references.SelectMany(texts => texts.SelectMany(groups => groups.Keys).Distinct())
            .CountBy(group => group).ToDictionary();
        double logCount = Math.Log(captions.Count);
        return [.. captions.Select((caption, i) => Scale * references[i].Average(reference =>
            Similarity(Weigh(Groups(caption.Text)), Weigh(reference))))];

        Weights Weigh(Dictionary<string, int> groups) => new(groups.ToDictionary(
            group => group.Key, group => group.Value * (logCount - Math.Log(Math.Max(1, images.GetValueOrDefault(group.Key))))),
            groups.Where(group => Size(group.Key) == 2).Sum(group => group.Value));
    }

    private static double Similarity(Weights said, Weights reference)
    {
        double near = Math.Exp(-Math.Pow(said.Pairs - reference.Pairs, 2) / TwiceVariance);
        return Enumerable.Range(1, Longest).Average(size => near * Cosine(size));

        double Cosine(int size)
        {
            double shared = said.Of(size).Sum(group => reference.All.GetValueOrDefault(group.Key) is var weight
                ? Math.Min(group.Value, weight) * weight : 0);
            double lengths = Norm(said.Of(size)) * Norm(reference.Of(size));
            return lengths > 0 ? shared / lengths : shared;
        }
    }

    private static double Norm(IEnumerable<KeyValuePair<string, double>> weights) =>
        Math.Sqrt(weights.Sum(group => group.Value * group.Value));

    // Words hold no space.
    private static Dictionary<string, int> Groups(string text)
    {
        IReadOnlyList<string> words = PtbWords.Of(text);
        return Enumerable.Range(1, Longest).SelectMany(size => Enumerable.Range(0, Math.Max(0, words.Count - size + 1))
            .Select(at => string.Join(' ', words.Skip(at).Take(size)))).CountBy(group => group).ToDictionary();
    }

    private static int Size(string group) => 1 + group.Count(letter => letter == ' ');

    private sealed record Weights(Dictionary<string, double> All, int Pairs)
    {
        public IEnumerable<KeyValuePair<string, double>> Of(int size) => All.Where(group => Size(group.Key) == size);
    }
}
