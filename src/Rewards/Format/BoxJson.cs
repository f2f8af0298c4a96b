namespace Vlm.Rewards;

/// <summary>1 where the answer is one JSON object with one box and nothing else, whatever the box.</summary>
/// <remarks>
/// <c>{"box": [x1, y1, x2, y2]}</c>; the key may be <c>bbox</c> or <c>bbox_2d</c>, a <c>"label"</c> may stand beside it, a list of one
/// and a <c>```json</c> fence around it.
/// </remarks>
public static class BoxJson
{
    private const string Fence = "```json", FenceEnd = "```";

    /// <summary>Looks at the form of the answer.</summary>
    public static Score Score(string completion) => Score(AnswerFormat.Auto.Read(completion));

    /// <inheritdoc cref="Score(string)"/>
    public static Score Score(Answer answer)
    {
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        return IsBox(Unfenced(text))
            ? Rewards.Score.One("box as JSON") : Rewards.Score.Zero("not one JSON object with one box");
    }

    private static ReadOnlySpan<char> Unfenced(string text)
    {
        ReadOnlySpan<char> bare = text.AsSpan().Trim();
        bool fenced = bare.Length > Fence.Length + FenceEnd.Length && bare.StartsWith(Fence) && bare.EndsWith(FenceEnd);
        return fenced ? bare[Fence.Length..^FenceEnd.Length].Trim() : bare;
    }

    private static bool IsBox(ReadOnlySpan<char> text)
    {
        int boxes = 0, start = After(text, 0, '['), at = After(text, Math.Max(start, 0), '{');
        for (bool more = at > 0; more && at > 0;)
        {
            int key = AfterString(text, at), value = After(text, key, ':');
            if (value < 0)
                return false;
            bool box = text[at..key].Trim() is "\"box\"" or "\"bbox\"" or "\"bbox_2d\"";
            at = box ? AfterNumbers(text, value) : text[at..key].Trim() is "\"label\"" ? AfterString(text, value) : -1;
            boxes += box ? 1 : 0;
            int comma = After(text, at, ',');
            (more, at) = comma > 0 ? (true, comma) : (false, After(text, at, '}'));
        }

        at = start > 0 ? After(text, at, ']') : at;
        return boxes == 1 && at > 0 && text[at..].IsWhiteSpace();
    }

    // Where what was looked for ends, white space before it passed over; -1 where it does not stand there, or nothing was before.
    private static int After(ReadOnlySpan<char> text, int at, char sign)
    {
        at = SkipSpaces(text, at);
        return (uint)at < (uint)text.Length && text[at] == sign ? at + 1 : -1;
    }

    private static int SkipSpaces(ReadOnlySpan<char> text, int at)
    {
        while ((uint)at < (uint)text.Length && text[at] is ' ' or '\n' or '\r' or '\t')
            at++;
        return at;
    }

    private static int AfterString(ReadOnlySpan<char> text, int at)
    {
        at = After(text, at, '"');
        for (; (uint)at < (uint)text.Length && text[at] >= ' '; at++)
            if (text[at] == '"')
                return at + 1;
            else if (text[at] == '\\' && !IsEscape(text[++at..]))
                return -1;
        return -1;
    }

    private static bool IsEscape(ReadOnlySpan<char> text) => text switch
    {
        ['"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't', ..] => true,
        ['u', var a, var b, var c, var d, ..] =>
            char.IsAsciiHexDigit(a) && char.IsAsciiHexDigit(b) && char.IsAsciiHexDigit(c) && char.IsAsciiHexDigit(d),
        _ => false,
    };

    private static int AfterNumbers(ReadOnlySpan<char> text, int at)
    {
        at = AfterNumber(text, After(text, at, '['));
        for (int i = 1; i < 4; i++)
            at = AfterNumber(text, After(text, at, ','));
        return After(text, at, ']');
    }

    // JSON's numbers: no sign but minus, no leading zero, digits on both sides of the point.
    private static int AfterNumber(ReadOnlySpan<char> text, int at)
    {
        at = SkipSpaces(text, at);
        if (at < 0 || at >= text.Length)
            return -1;
        at += text[at] == '-' ? 1 : 0;
        int end = AfterDigits(text, at);
        if (end < 0 || (end > at + 1 && text[at] == '0'))
            return -1;
        if (end < text.Length && text[end] == '.' && (end = AfterDigits(text, end + 1)) < 0)
            return -1;
        if (!(end < text.Length && text[end] is 'e' or 'E'))
            return end;
        end++;
        return AfterDigits(text, end + (end < text.Length && text[end] is '-' or '+' ? 1 : 0));
    }

    private static int AfterDigits(ReadOnlySpan<char> text, int at)
    {
        int start = at;
        while ((uint)at < (uint)text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return at > start ? at : -1;
    }
}
