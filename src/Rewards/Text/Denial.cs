namespace Vlm.Rewards;

/// <summary>Words that deny what follows them.</summary>
internal static class Denial
{
    private static readonly string[] s_words = ["not", "no", "nor", "never", "neither", "than", "instead of"];

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

    private static bool EndsInWord(ReadOnlySpan<char> text, string word) =>
        text.EndsWith(word, StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || !char.IsLetterOrDigit(text[^(word.Length + 1)]));
}
