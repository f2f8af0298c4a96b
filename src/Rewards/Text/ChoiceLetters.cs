namespace Vlm.Rewards;

/// <summary>Finds the letters of options that stand alone in a text.</summary>
internal static class ChoiceLetters
{
    private const int LongestDenial = 24;
    private static readonly string[] s_joins = ["or", "and", "nor", "is", "because", "since"];
    private static readonly string[] s_names = ["option ", "choice ", "\u9009\u9879", "\u9009"];

    /// <summary>The letters named, a bit each, the first option's lowest; those apart that are called wrong.</summary>
    public static (uint Named, uint CalledWrong) Of(ReadOnlySpan<char> text, int count)
    {
        uint named = 0, wrong = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (Index(text, at, count) is not (>= 0 and var index) || Denial.Before(text[Math.Max(0, at - LongestDenial)..at]))
                continue;
            if (Denial.After(text[(at + 1)..].TrimStart(") ")))
                wrong |= 1u << index;
            else
                named |= 1u << index;
        }

        return (named, wrong);
    }

    /// <summary>
    /// The option whose letter stands alone at a place; -1 where none does: the article "A dog" and the pronoun "I think" are none. A
    /// small letter is one after "option".
    /// </summary>
    public static int Index(ReadOnlySpan<char> text, int at, int count)
    {
        int index = char.ToUpperInvariant(text[at]) - 'A';
        if (!char.IsAsciiLetter(text[at]) || index >= count || IsInWord(text, at))
            return -1;
        bool named = NameLengthBefore(text[..at]) > 0;
        if (char.IsAsciiLetterLower(text[at]))
            return named ? index : -1;
        return !named && text[at] is 'A' or 'I' && IsBeforeWord(text, at) ? -1 : index;
    }

    /// <summary>The length of "option" and its like, and of the opening bracket, at the end of a text; 0 where it ends otherwise.</summary>
    public static int NameLengthBefore(ReadOnlySpan<char> text)
    {
        int bracket = text is [.., '('] ? 1 : 0;
        foreach (string name in s_names)
            if (text[..^bracket].EndsWith(name, StringComparison.OrdinalIgnoreCase))
                return name.Length + bracket;
        return 0;
    }

    private static bool IsInWord(ReadOnlySpan<char> text, int at) =>
        (at > 0 && IsWord(text[at - 1])) || (at + 1 < text.Length && IsWord(text[at + 1]));

    private static bool IsWord(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '\'' or '\u2019';

    // A small word follows that joins no choices.
    private static bool IsBeforeWord(ReadOnlySpan<char> text, int at)
    {
        if (at + 2 >= text.Length || text[at + 1] != ' ' || !char.IsAsciiLetterLower(text[at + 2]))
            return false;
        ReadOnlySpan<char> rest = text[(at + 2)..];
        int end = 0;
        while (end < rest.Length && (char.IsAsciiLetterOrDigit(rest[end]) || rest[end] == '_'))
            end++;
        foreach (string join in s_joins)
            if (rest[..end].SequenceEqual(join))
                return false;
        return true;
    }
}
