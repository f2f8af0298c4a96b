namespace Vlm.Rewards;

/// <summary>The texts of options, to be found in answers.</summary>
internal sealed class ChoiceTexts(IReadOnlyList<string> options)
{
    // Each between spaces, so that whole words are found.
    private readonly string[] _texts =
        [.. options.Select(option => $" {NormalizedMatch.Normalize(Unicode.Composed(PlainText.Of(option)))} ")];

    /// <summary>How many there are.</summary>
    public int Count => _texts.Length;

    /// <summary>
    /// The options whose text an answer names without denying it, a bit each. An option inside a longer option that was named ("cat"
    /// in "black cat") was not named itself.
    /// </summary>
    public uint NamedIn(string answer)
    {
        string words = $" {NormalizedMatch.Normalize(Unicode.Composed(answer))} ";
        uint named = 0;
        foreach (int i in Enumerable.Range(0, _texts.Length).OrderByDescending(i => _texts[i].Length))
        {
            string text = IsUnspaced(_texts[i]) ? _texts[i].Trim() : _texts[i];
            if (_texts[i].Length <= 2 || !words.Contains(text, StringComparison.Ordinal))
                continue;
            named |= IsAffirmed(words, text) ? 1u << i : 0;
            words = words.Replace(text, " | ", StringComparison.Ordinal);
        }

        return named;
    }

    /// <summary>True where a text begins with the text of an option.</summary>
    public bool StartsWith(ReadOnlySpan<char> text, int option)
    {
        ReadOnlySpan<char> near = text[..Math.Min(text.Length, (2 * options[option].Length) + 16)];
        return StartsWith(Normal(near), _texts[option]);
    }

    /// <summary>True where a text is that of another option than the one given.</summary>
    public bool IsAnother(ReadOnlySpan<char> text, int option)
    {
        int longest = options.Max(one => one.Length);
        if (text.Length > (2 * longest) + 16)
            return false;
        int at = Array.IndexOf(_texts, Normal(text));
        return at >= 0 && at != option && _texts[at].Length > 2;
    }

    private static string Normal(ReadOnlySpan<char> text) => $" {NormalizedMatch.Normalize(Unicode.Composed(text.ToString()))} ";

    private static bool StartsWith(string words, string text) => text.Length > 2 && words.StartsWith(text, StringComparison.Ordinal);

    private static bool IsAffirmed(string words, string text)
    {
        for (int at = 0; (at = words.IndexOf(text, at, StringComparison.Ordinal)) >= 0; at++)
            if (!Denial.Before(words.AsSpan(Math.Max(0, at - 24), Math.Min(at, 24))))
                return true;
        return false;
    }

    // Chinese and Japanese part no words.
    private static bool IsUnspaced(string text) => text.AsSpan().ContainsAnyInRange('\u3040', '\u9fff');
}
