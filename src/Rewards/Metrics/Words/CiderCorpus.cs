namespace Vlm.Rewards;

/// <summary>In how many images each group of words is, of what people wrote of all images of a benchmark: what CIDEr-D weighs by.</summary>
/// <remarks>
/// Vedantam et al. 2015, arXiv:1411.5726, equation 1. The weights hold what people wrote and nothing that a model did: one caption is
/// measured without the others. VLMEvalKit, vlmeval/dataset/image_caption.py, parts captions at spaces alone: "Dog." is not "dog" there.
/// </remarks>
public sealed class CiderCorpus
{
    private const int Longest = 4;
    private const double Scale = 10, TwiceVariance = 2 * 6.0 * 6.0;
    private readonly Dictionary<string, int> _images;
    private readonly double _logCount;
    private readonly ScoringMode _mode;

    /// <summary>Counts the groups of one to four words.</summary>
    /// <param name="references">Of each image what people wrote, at least one caption.</param>
    /// <param name="mode">Whose words.</param>
    /// <exception cref="ArgumentException">An image has no caption.</exception>
    public CiderCorpus(IReadOnlyList<IReadOnlyList<string>> references, ScoringMode mode = ScoringMode.Official)
    {
        if (references.Any(captions => captions.Count == 0))
            throw new ArgumentException("a caption has no reference", nameof(references));
        (_mode, _logCount) = (mode, Math.Log(references.Count));
        _images = references.SelectMany(captions => captions.SelectMany(caption => Groups(caption).Keys).Distinct())
            .CountBy(group => group).ToDictionary();
    }

    /// <summary>CIDEr-D of a caption, 0 to 10.</summary>
    /// <param name="caption">What a model wrote.</param>
    /// <param name="references">What people wrote of its image, which is one of those that were counted.</param>
    public double Score(string caption, IReadOnlyList<string> references)
    {
        Weights said = Weigh(caption);
        return Scale * references.Average(reference => Similarity(said, Weigh(reference)));
    }

    private Weights Weigh(string caption)
    {
        Dictionary<string, int> groups = Groups(caption);
        return new(
            groups.ToDictionary(
                group => group.Key, group => group.Value * (_logCount - Math.Log(Math.Max(1, _images.GetValueOrDefault(group.Key))))),
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
    private Dictionary<string, int> Groups(string text)
    {
        IReadOnlyList<string> words = _mode == ScoringMode.VlmEvalKit
            ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : PtbWords.Of(text);
        return Enumerable.Range(1, Longest).SelectMany(size => Enumerable.Range(0, Math.Max(0, words.Count - size + 1))
            .Select(at => string.Join(' ', words.Skip(at).Take(size)))).CountBy(group => group).ToDictionary();
    }

    private static int Size(string group) => 1 + group.Count(letter => letter == ' ');

    private sealed record Weights(Dictionary<string, double> All, int Pairs)
    {
        public IEnumerable<KeyValuePair<string, double>> Of(int size) => All.Where(group => Size(group.Key) == size);
    }
}
