using System.Globalization;

namespace Vlm.Datasets;

/// <summary>Pairs of captions of generated drawings, one with more faults than the other: preferences of which the truth is known.</summary>
/// <remarks>
/// <para>
/// Every pair belongs to a caption question of <see cref="Shapes"/>. The chosen caption has none to two faults, the rejected one
/// up to four more (<see cref="CaptionFault"/>), or it ends before all is named, or it is the right caption of another drawing,
/// or the chosen one with idle words after it, or with words of its own missing, doubled or out of place; or both have faults of
/// their own. A pair is kept where <see cref="CaptionReward"/> gives the chosen caption more, or, of idle and of broken words, as much:
/// the label is never in doubt. <see cref="Preference.Strength"/> is the difference of the two rewards.
/// </para>
/// <para>Everything follows from (seed, split, index), as for the questions; splits share no collection of objects.</para>
/// </remarks>
public static class ShapesPreferences
{
    /// <summary>The kind of pairs whose rejected caption has more than one fault more.</summary>
    public const string Several = "several-faults";

    /// <summary>The kind of pairs whose captions have faults of their own: what is worse follows from how many and which.</summary>
    public const string OwnFaults = "own-faults";

    /// <summary>The kind of pairs whose rejected caption ends before all objects are named.</summary>
    public const string CutShort = "cut-short";

    /// <summary>The kind of pairs whose rejected caption is of another drawing.</summary>
    public const string OtherDrawing = "other-drawing";

    /// <summary>The kind of pairs whose rejected caption says the same with idle words.</summary>
    public const string TooLong = "too-long";

    /// <summary>The kind of pairs whose rejected caption is no sentence: words of it are missing, doubled or out of place.</summary>
    public const string BrokenSentence = "broken-sentence";

    private const int Tries = 100, MostChosen = 2, MostMore = 4;

    private static readonly string[] s_idle =
    [
        "It is a nice image with nice colors.", "There are objects in the image.", "The image shows what it shows.",
        "One can look at it for a long time.", "The objects are on a light ground.",
    ];

    /// <summary>Every kind of pair.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        [.. CaptionFaults.All.Select(NameOf), Several, OwnFaults, CutShort, OtherDrawing, TooLong, BrokenSentence];

    /// <summary>The pair at an index.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where its drawing belongs.</param>
    /// <param name="index">0 and up.</param>
    public static Preference Pair(long seed, Split split, long index)
    {
        ShapesOptions options = new() { Kinds = ["caption"] };
        Example example = Shapes.Example(seed, split, index, options);
        var truth = (CaptionTruth)example.Truth;
        Appearance[] there = [.. ShapesGround.InOrder(Shapes.Scene(seed, split, index, options)!).Select(item => item.Appearance)];
        var random = new RandomStream(seed, "shapes-preferences", (long)split, index);
        for (int i = 0; i < Tries; i++)
            if (Draw(random) is { } drawn)
                return drawn;
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"no pair at {index} of seed {seed}"));

        Preference? Draw(RandomStream random)
        {
            Appearance[] better = Faulty(there, random.Next(MostChosen + 1), random).Named;
            string chosen = ShapesGround.Sentence(better);
            (string rejected, string kind) = random.Next(20) switch
            {
                0 or 1 => (ShapesGround.Sentence(Other(random)), OtherDrawing),
                2 => (string.Join(' ', [chosen, .. Idle(random)]), TooLong),
                3 or 4 => (Broken(chosen, random), BrokenSentence),
                5 or 6 => (ShapesGround.Sentence(Cut(better, random)), CutShort),
                7 or 8 or 9 or 10 => (ShapesGround.Sentence(Damaged(there, random)), OwnFaults),
                _ => Worse(better, random),
            };
            double gap = CaptionReward.Score(chosen, truth).Value - CaptionReward.Score(rejected, truth).Value;
            if (kind == OwnFaults && gap < 0)
                (chosen, rejected, gap) = (rejected, chosen, -gap);
            bool isWorse = kind switch { TooLong => gap == 0, BrokenSentence => gap >= 0, _ => gap > 0 };
            return chosen != rejected && isWorse
                ? new Preference(example, chosen, rejected) { Kind = kind, Strength = gap } : null;
        }
    }

    /// <summary>The pairs from an index on.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Where their drawings belong.</param>
    /// <param name="count">How many.</param>
    public static IEnumerable<Preference> Pairs(long seed, Split split, int count) =>
        Enumerable.Range(0, count).Select(index => Pair(seed, split, index));

    private static (string, string) Worse(Appearance[] better, RandomStream random)
    {
        // One fault more in most of the pairs: the smallest differences are what a reward model is for.
        int more = random.Next(4) > 0 ? 1 : 2 + random.Next(MostMore - 1);
        (Appearance[] named, CaptionFault? last) = Faulty(better, more, random);
        return (ShapesGround.Sentence(named), more == 1 && last is { } fault ? NameOf(fault) : Several);
    }

    private static (Appearance[] Named, CaptionFault? Last) Faulty(Appearance[] named, int faults, RandomStream random)
    {
        CaptionFault? last = null;
        for (int i = 0; i < faults; i++)
        {
            CaptionFault fault = random.Pick(CaptionFaults.All);
            if (CaptionFaults.Make(named, fault, random) is { } made)
                (named, last) = (made, fault);
        }
        return (named, last);
    }

    private static Appearance[] Cut(Appearance[] named, RandomStream random) => named[..random.Between(1, Math.Max(1, named.Length - 1))];

    // Up to six faults, and in a third of all cases an early end.
    private static Appearance[] Damaged(Appearance[] named, RandomStream random)
    {
        Appearance[] faulty = Faulty(named, random.Next(MostChosen + MostMore + 1), random).Named;
        return random.Next(3) == 0 ? Cut(faulty, random) : faulty;
    }

    private static IReadOnlyList<Appearance> Other(RandomStream random) => ShapesGround.AnyAppearances(random);

    private static IEnumerable<string> Idle(RandomStream random) =>
        Enumerable.Range(0, random.Between(1, 3)).Select(_ => random.Pick(s_idle));

    // One to three words left out, doubled, or moved to another place; the case of the first letter and the last dot stay where they fall.
    private static string Broken(string sentence, RandomStream random)
    {
        List<string> words = [.. sentence.Split(' ')];
        for (int left = random.Between(1, 3); left > 0 && words.Count > 2; left--)
        {
            int at = random.Next(words.Count), change = random.Next(3);
            string word = words[at];
            if (change == 1)
                words.Insert(at, word);
            else
                words.RemoveAt(at);
            if (change == 2)
                words.Insert(random.Next(words.Count + 1), word);
        }
        return string.Join(' ', words);
    }

    private static string NameOf(CaptionFault fault) => OptionText.Kebab(fault.ToString());
}
