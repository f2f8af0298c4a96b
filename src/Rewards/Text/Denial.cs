namespace Vlm.Rewards;

/// <summary>Words that deny what follows them.</summary>
internal static class Denial
{
    private static readonly string[] s_words = ["not", "no", "nor", "never", "neither", "than", "instead of"];

    private static readonly string[] s_verdicts =
    [
        "is wrong", "is not", "isn't", "isn\u2019t", "is incorrect", "is false", "can't be", "cannot be", "\u4e0d", "\u9519", "\u662f\u9519",
    ];

    /// <summary>True where a text up to a place ends in a word that denies what stands there: "not", "isn't", "rather than".</summary>
    public static bool Before(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> said = text.TrimEnd(' ');
        foreach (string article in (ReadOnlySpan<string>)["a", "an", "the"])
            if (EndsInWord(said, article))
                said = said[..^article.Length].TrimEnd(' ');
        foreach (string word in s_words)
            if (EndsInWord(said, word))
                return true;
        return said.EndsWith("n't", StringComparison.OrdinalIgnoreCase) || said.EndsWith("n\u2019t", StringComparison.OrdinalIgnoreCase)
            || said is [.., '\u4e0d' or '\u975e'] or [.., '\u4e0d' or '\u975e', '\u662f'];
    }

    /// <summary>True where a text begins with words that call wrong what stands before it.</summary>
    public static bool After(ReadOnlySpan<char> text)
    {
        foreach (string words in s_verdicts)
            if (text.StartsWith(words, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text, string word) =>
        text.EndsWith(word, StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || !char.IsLetterOrDigit(text[^(word.Length + 1)]));
}
