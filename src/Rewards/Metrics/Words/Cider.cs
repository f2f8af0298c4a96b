namespace Vlm.Rewards;

/// <summary>A caption and what people wrote of the same image.</summary>
/// <param name="Text">The caption.</param>
/// <param name="References">At least one.</param>
/// <param name="Category">For the table of parts; may be empty.</param>
public sealed record CiderCaption(string Text, IReadOnlyList<string> References, string Category = "");

/// <summary>CIDEr-D of captions, the score that COCO's leaderboard calls CIDEr; 10 where each caption is its only reference.</summary>
/// <remarks>
/// Vedantam et al. 2015, arXiv:1411.5726, equations 1 to 3 and section 5 (CIDEr-D). Source: tylin/coco-caption,
/// pycocoevalcap/cider/cider_scorer.py; both harnesses run it, VLMEvalKit on other words (<see cref="CiderCorpus"/>). Groups of one to four words; a group weighs its count times the logarithm
/// of images over images whose references have it; cosine of the weights, each clipped to the reference's, times
/// exp(-difference^2 / 72) of the numbers of pairs; mean over lengths of groups and references, times 10. Papers quote it times 100,
/// as 1.20 or 120: the leaderboard's number is this one over all images, where 1 is common. It depends on all images: of a single one
/// every weight is 0, and so is the score. Words are parted as <see cref="PtbWords"/> does.
/// </remarks>
public static class Cider
{
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
        var corpus = new CiderCorpus([.. captions.Select(caption => caption.References)]);
        return [.. captions.Select(caption => corpus.Score(caption.Text, caption.References))];
    }
}
