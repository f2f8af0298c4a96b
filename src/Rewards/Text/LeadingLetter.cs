namespace Vlm.Rewards;

/// <summary>The letter that an answer begins with, where a reason may follow it.</summary>
internal static class LeadingLetter
{
    private const string Openings = " ([*\"'", Delimiters = ")].:,;-\u2013\u2014\n\r\u3001\u3002\uff0c*\"' ";
    private static readonly string[] s_names = ["option ", "choice ", "answer ", "\u9009\u9879", "\u9009"];
    private static readonly string[] s_reasons = ["because", "since", "as ", "and the reason", "is correct", "is right", "is the", "\u56e0\u4e3a", "\u662f\u6b63\u786e"];
    private static readonly string[] s_verbs = [" is", " was", " does", " would", " cannot", " can't"];
    private static readonly string[] s_joins = ["or ", "and ", "nor ", "maybe ", "perhaps ", "possibly ", "also ", "no, ", "/", "&", "\u6216", "\u548c"];

    /// <summary>The option of the leading letter; -1 where none leads, or where what follows it takes it back.</summary>
    public static int Of(ReadOnlySpan<char> answer, ChoiceTexts options)
    {
        ReadOnlySpan<char> text = answer.TrimStart(Openings);
        bool named = SkipName(ref text);
        int index = text.IsEmpty ? -1 : char.ToUpperInvariant(text[0]) - 'A';
        if (index < 0 || index >= options.Count || !char.IsAsciiLetter(text[0]) || !Stands(text, named))
            return -1;
        ReadOnlySpan<char> rest = text[1..].TrimStart(Delimiters);
        if (Denial.After(ChoiceLetters.AfterList(text[1..], options.Count)))
            return -1;
        return LeadsToAnother(rest, index, options.Count) || options.IsAnother(FirstClause(rest), index) || IsListed(rest, index, options)
            ? -1 : index;
    }

    private static bool SkipName(ref ReadOnlySpan<char> text)
    {
        foreach (string name in s_names)
            if (text.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                text = text[name.Length..].TrimStart(Openings);
                return true;
            }

        return false;
    }

    // "B.", "B)", "B, ", "B because", and after "option" anything but a word; a small letter needs a bracket or a full stop.
    private static bool Stands(ReadOnlySpan<char> text, bool named)
    {
        ReadOnlySpan<char> after = text[1..];
        if (after.IsEmpty)
            return true;
        if (char.IsAsciiLetterOrDigit(after[0]) || after[0] == '\'')
            return false;
        if (after[0] is ')' or '.' or ':' or ']')
            return true;
        bool capital = char.IsAsciiLetterUpper(text[0]);
        bool denied = Denial.After(after.TrimStart());
        if (after[0] != ' ' || named)
            return (named || (capital && Delimiters.Contains(after[0], StringComparison.Ordinal)) || after[0] > '\u2e80') && !denied;
        ReadOnlySpan<char> next = after.TrimStart(' ');
        return capital && !denied && !next.StartsWith("as well", StringComparison.OrdinalIgnoreCase) && (next is ['-' or '\u2013' or '\u2014', ..] || StartsWithAny(next, s_reasons));
    }

    // "A, B", "A or B": the next thing said is a letter too.
    private static bool LeadsToAnother(ReadOnlySpan<char> rest, int index, int count)
    {
        if (Denial.After(rest))
            return true;
        foreach (string join in s_joins)
            if (rest.StartsWith(join, StringComparison.OrdinalIgnoreCase))
                rest = rest[join.Length..];
        rest = rest.TrimStart(Openings);
        return !rest.IsEmpty && ChoiceLetters.Index(rest, 0, count) is >= 0 and var next && next != index && !IsSubject(rest[1..])
            && !Denial.After(ChoiceLetters.AfterList(rest[1..], count));
    }

    // "B. A is too small": the second letter is spoken of, and not chosen.
    private static bool IsSubject(ReadOnlySpan<char> after) => StartsWithAny(after.TrimStart(")"), s_verbs)
        || (!after.IsEmpty && after[0] is >= '\u4e00' and not ('\u6216' or '\u548c'));

    private static ReadOnlySpan<char> FirstClause(ReadOnlySpan<char> text) =>
        text.IndexOfAny(".,;\n\u3002") is >= 0 and var end ? text[..end] : text;

    // "A. cat B. dog": another letter with its own text behind it; "A is correct, B is correct".
    private static bool IsListed(ReadOnlySpan<char> rest, int index, ChoiceTexts options)
    {
        for (int at = 0; at + 1 < rest.Length; at++)
            if (rest[at + 1] is '.' or ')' or ':' or ' ' && ChoiceLetters.Index(rest, at, options.Count) is >= 0 and var other && other != index
                && (rest[at + 1] == ' ' ? ChoiceLetters.IsPraised(rest[(at + 2)..]) : options.StartsWith(rest[(at + 2)..], other)))
                return true;
        return false;
    }

    private static bool StartsWithAny(ReadOnlySpan<char> text, string[] words)
    {
        foreach (string word in words)
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
