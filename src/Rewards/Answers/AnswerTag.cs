namespace Vlm.Rewards;

/// <summary>
/// <c>&lt;answer&gt;7&lt;/answer&gt;</c>, in any case, blanks and attributes aside. A second pair, or half a pair, is no answer: listing
/// guesses would pay. Where no such tag is, the one pair of another name that people give it: <see cref="OtherAnswerTag"/>.
/// </summary>
internal static class AnswerTag
{
    private const string Name = "answer";
    private const int Longest = 64;

    public static AnswerPart Find(string text) => Problem(text, out Range inside, out _) switch
    {
        null => new AnswerPart(text[inside]).NotEmpty(),
        "" => OtherAnswerTag.Find(text),
        var problem => AnswerPart.Broken(problem),
    };

    /// <summary>What keeps a text from having one pair of tags; empty where it has none at all, null where it has the pair.</summary>
    /// <param name="text">The completion after its thinking.</param>
    /// <param name="inside">What stands between the tags.</param>
    /// <param name="after">Where the closing tag ends.</param>
    public static string? Problem(string text, out Range inside, out int after)
    {
        (inside, after, int opens, int closes, int open, int close) = (default, 0, 0, 0, -1, -1);
        for (int at = 0; (at = text.IndexOf('<', at)) >= 0; at++)
            if (End(text, at, out bool closing) is > 0 and var end)
                if (closing)
                    (closes, close, after) = (closes + 1, at, end);
                else
                    (opens, open) = (opens + 1, end);
        if (opens + closes == 0)
            return "";
        if (opens > 1 || closes > 1)
            return "answer tags are repeated";
        if (opens == 0 || closes == 0 || open > close)
            return "answer tags are not a pair";
        inside = open..close;
        return null;
    }

    // Behind the tag that begins at a place; 0 where none does. < answer >, <answer type="number">
    private static int End(string text, int start, out bool closing)
    {
        int at = SkipBlanks(text, start + 1);
        closing = at < text.Length && text[at] == '/';
        at = closing ? SkipBlanks(text, at + 1) : at;
        int end = at + Name.Length;
        if (end >= text.Length || (text[at] | 0x20) != Name[0] || !text.AsSpan(at, Name.Length).Equals(Name, StringComparison.OrdinalIgnoreCase))
            return 0;
        if (text[end] == '>' || !char.IsWhiteSpace(text[end]))
            return text[end] == '>' ? end + 1 : 0;
        int close = text.AsSpan(end, Math.Min(Longest, text.Length - end)).IndexOfAny('>', '<');
        return close >= 0 && text[end + close] == '>' ? end + close + 1 : 0;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] == ' ')
            at++;
        return at;
    }
}
