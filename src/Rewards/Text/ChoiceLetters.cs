namespace Vlm.Rewards;

/// <summary>Finds the letters of options that stand alone in a text.</summary>
internal static class ChoiceLetters
{
    private static readonly string[] s_joins = ["or", "and", "nor", "is", "because", "since"];
    private static readonly string[] s_listJoins = ["or ", "and ", "nor "];

    // What no article, but a letter, stands before: "A fits best".
    private static readonly string[] s_verbs = ["was", "would", "seems", "fits", "matches", "has", "does", "appears", "shows", "looks"];
    private static readonly string[] s_praises = ["is correct", "is right", "is the correct", "is the right", "is true", "\u6b63\u786e", "\u6b63\u78ba", "\u9879\u6b63\u786e"];
    private static readonly string[] s_names = ["option ", "choice ", "\u9009\u9879", "\u9009"];

    /// <summary>The letters named, a bit each, the first option's lowest; those apart that are called wrong.</summary>
    /// <remarks>Where letters are called right, "A is a cat; B is correct", they alone are named.</remarks>
    public static (uint Named, uint CalledWrong) Of(ReadOnlySpan<char> text, int count)
    {
        (uint named, uint wrong, uint right, int last, bool refused) = (0, 0, 0, 0, false);
        for (int at = 0; at < text.Length; at++)
        {
            if (Index(text, at, count) is not (>= 0 and var index))
                continue;
            refused = Denial.Before(text[Math.Max(0, at - Denial.Longest)..at]) || (refused && text[last..at] is " or " or " nor ");
            last = at + 1;
            ReadOnlySpan<char> after = AfterList(text[last..], count);
            if (refused)
                continue;
            if (Denial.After(after))
                wrong |= 1u << index;
            else
                named |= 1u << index;
            right |= IsPraised(after) ? 1u << index : 0;
        }

        return right != 0 ? (right, wrong & right) : (named, wrong);
    }

    /// <summary>True where a text calls right what stands before it.</summary>
    public static bool IsPraised(ReadOnlySpan<char> after) => StartsWithAny(after, s_praises);

    /// <summary>What follows a list of letters: "A, C and D are wrong" says it of all three.</summary>
    public static ReadOnlySpan<char> AfterList(ReadOnlySpan<char> text, int count)
    {
        ReadOnlySpan<char> rest = text.TrimStart(") ");
        for (int letters = 0; letters < count; letters++)
        {
            ReadOnlySpan<char> next = rest.TrimStart(", /&(");
            next = StartsWithAny(next, s_listJoins) ? next[next.IndexOf(' ')..].TrimStart(" (") : next;
            if (next.Length == rest.Length || next.IsEmpty || Index(next, 0, count) < 0 || IsWordAt(next, 1))
                return rest;
            rest = next[1..].TrimStart(") ");
        }

        return rest;
    }

    private static bool IsWordAt(ReadOnlySpan<char> text, int at) => at < text.Length && IsWord(text[at]);

    private static bool StartsWithAny(ReadOnlySpan<char> text, string[] words)
    {
        foreach (string word in words)
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
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
        return !named && text[at] is 'A' or 'I' && IsBeforeWord(text, at, text[at] == 'A') ? -1 : index;
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
    private static bool IsBeforeWord(ReadOnlySpan<char> text, int at, bool article)
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
        return !article || !s_verbs.Contains(rest[..end].ToString());
    }
}
