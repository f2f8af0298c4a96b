namespace Vlm.Datasets;

/// <summary>
/// The words of a guide's texts: 250 concepts, each with S words that mean the same. S is the dial: the larger it is, the more of a
/// text is wording that earns nothing.
/// </summary>
/// <remarks>
/// A word is the concept's own with one of 16 endings, none for the first: "red", "redba", "redde". The words of a smaller dial are
/// among those of a larger one, so reading asks for no dial. A token is a whole word, so endings tell a model nothing.
/// </remarks>
public static class GuideLexicon
{
    private static readonly string[] s_endings =
        ["", "ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu"];

    private static readonly Dictionary<string, int> s_concepts = (
        from concept in Enumerable.Range(0, GuideWords.All.Length)
        from ending in s_endings
        select (Word: GuideWords.All[concept] + ending, Concept: concept))
        .ToDictionary(one => one.Word, one => one.Concept, StringComparer.Ordinal);

    private static readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_concepts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The settings of the dial: words of a concept.</summary>
    public static IReadOnlyList<int> Dials { get; } = [1, 4, 16];

    // By dial: the share of the first n words, for each n.
    private static readonly Dictionary<int, double[]> s_cumulative = Dials.ToDictionary(dial => dial, Cumulative);

    /// <summary>How many concepts there are.</summary>
    public static int Concepts => GuideWords.All.Length;

    /// <summary>The number of the concept that a word stands for, from 0; null for other words.</summary>
    /// <param name="word">In lower case, as texts have it.</param>
    public static int? ConceptOf(ReadOnlySpan<char> word) => s_lookup.TryGetValue(word, out int concept) ? concept : null;

    /// <summary>The concept's own word, which is also the most frequent one: "red".</summary>
    /// <param name="concept">From 0 to <see cref="Concepts"/> - 1.</param>
    public static string NameOf(int concept) => GuideWords.All[concept];

    /// <summary>The words of a concept, the most frequent first.</summary>
    /// <param name="concept">From 0 to <see cref="Concepts"/> - 1.</param>
    /// <param name="dial">How many.</param>
    /// <exception cref="UsageException">The dial has no such setting.</exception>
    public static IReadOnlyList<string> WordsOf(int concept, int dial) =>
        [.. s_endings.Take(Check(dial)).Select(ending => GuideWords.All[concept] + ending)];

    /// <summary>All words of a dial: 250, 1,000 or 4,000.</summary>
    /// <inheritdoc cref="WordsOf"/>
    public static IEnumerable<string> Words(int dial) => Enumerable.Range(0, Concepts).SelectMany(concept => WordsOf(concept, dial));

    /// <summary>
    /// The class of each token of a vocabulary: the concept of a whole word of this lexicon; for any other token a class of its own.
    /// </summary>
    /// <param name="size">Tokens of the vocabulary.</param>
    /// <param name="textOf">The text of a token's id; one space may stand before a word.</param>
    /// <returns>For each id a class; classes from <see cref="Concepts"/> on are of single tokens, in the order of their ids.</returns>
    public static int[] Classes(int size, Func<int, string> textOf)
    {
        int next = Concepts;
        var classes = new int[size];
        for (int id = 0; id < size; id++)
        {
            string text = textOf(id);
            classes[id] = ConceptOf(text.StartsWith(' ') ? text.AsSpan(1) : text) ?? next++;
        }

        return classes;
    }

    /// <summary>One of a concept's words: the k-th with a probability proportional to 1 / k (Zipf's law).</summary>
    /// <param name="name">The concept's own word, or the end of a sentence, which has one form.</param>
    /// <param name="dial">How many words a concept has.</param>
    /// <param name="random">Draws once for every word, whatever the dial is.</param>
    internal static string Say(string name, int dial, RandomStream random)
    {
        if (name == GuideWords.Stop)
            return name;
        double drawn = random.NextDouble();
        return name + s_endings[Array.FindIndex(s_cumulative[dial], share => drawn < share)];
    }

    /// <summary>The dial, where it has this setting.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    internal static int Check(int dial) => Dials.Contains(dial) ? dial : throw new UsageException(
        $"a concept has 1, 4 or 16 words, not {dial}", $"dial = {dial}", "dial = 16");

    // The last share is 1 whatever rounding did.
    private static double[] Cumulative(int dial)
    {
        double whole = Enumerable.Range(1, dial).Sum(k => 1.0 / k), sum = 0;
        double[] shares = [.. Enumerable.Range(1, dial).Select(k => sum += 1 / (k * whole))];
        shares[^1] = 1;
        return shares;
    }
}
