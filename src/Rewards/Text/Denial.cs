using System.Buffers;

namespace Vlm.Rewards;

/// <summary>Words that deny what follows them.</summary>
internal static class Denial
{
    /// <summary>As much of a text as <see cref="Before"/> looks at.</summary>
    public const int Longest = 32;

    private static readonly string[] s_words =
        ["not", "no", "nor", "never", "neither", "than", "instead of", "cannot", "without", "unlike", "except", "anything but", "all but", "everything but"];

    // What may stand between: "I don't think it's B", "The answer cannot be B".
    private static readonly string[] s_between = ["the", "an", "a", "it's", "it is", "that", "be", "is", "think", "believe", "option"];

    private const int MostBetween = 3;
    private const string Chinese = "\u4e0d\u975e\u662f\u9009\u9078";

    // Of every word that denies, or may stand between; n't ends as not does.
    private static readonly SearchValues<char> s_lastLetters =
        SearchValues.Create([.. Chinese, .. s_words.Concat(s_between).SelectMany(word => new[] { word[^1], char.ToUpperInvariant(word[^1]) })]);

    private static readonly string[] s_verdicts =
    [
        "must be wrong", "? no", "don't", "do not", "doesn't", "does not", "is the wrong", "was wrong", "are wrong", "are not", "aren't", "are incorrect", "are false", "looks wrong",
        "is wrong", "is not", "isn't", "isn\u2019t", "is incorrect", "is false", "can't be", "cannot be", "\u4e0d", "\u9519", "\u662f\u9519", "\u932f", "\u90fd\u4e0d", "\u3067\u306f\u306a\u3044",
    ];

    /// <summary>True where a text up to a place ends in a word that denies what stands there: "not", "isn't", "rather than".</summary>
    public static bool Before(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> said = text.TrimEnd(' ');
        for (int words = 0; words < MostBetween && TryCutBetween(ref said);)
            words++;
        foreach (string word in s_words)
            if (EndsInWord(said, word))
                return true;
        return said.EndsWith("n't", StringComparison.OrdinalIgnoreCase) || said.EndsWith("n\u2019t", StringComparison.OrdinalIgnoreCase)
            || said is [.., '\u4e0d' or '\u975e'] or [.., '\u4e0d' or '\u975e', '\u662f' or '\u9009' or '\u9078'];
    }

    /// <summary>True where a text begins with words that call wrong what stands before it.</summary>
    public static bool After(ReadOnlySpan<char> text)
    {
        foreach (string words in s_verdicts)
            if (!text.IsEmpty && (text[0] | 0x20) == (words[0] | 0x20) && text.StartsWith(words, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>True where the letter before what is said may end a word that denies it: spares most texts the search.</summary>
    public static bool MayEnd(char letter) => s_lastLetters.Contains(letter);

    private static bool TryCutBetween(ref ReadOnlySpan<char> said)
    {
        foreach (string word in s_between)
            if (EndsInWord(said, word))
            {
                said = said[..^word.Length].TrimEnd(' ');
                return true;
            }

        return false;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text, string word) =>
        !text.IsEmpty && (text[^1] | 0x20) == (word[^1] | 0x20) && text.EndsWith(word, StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || !char.IsLetterOrDigit(text[^(word.Length + 1)]));
}
