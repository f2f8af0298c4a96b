namespace Vlm.Rewards;

/// <summary>One tag around thinking, whatever its vendor: where it ends, and which side of the thinking it stands on.</summary>
/// <param name="End">After the tag; 0 where there is none.</param>
/// <param name="Closes">The thinking ends with it.</param>
internal readonly record struct ThinkingTag(int End, bool Closes)
{
    private const int Longest = 64;
    private const string Final = "final<|message|>";

    /// <summary>The tag whose bracket stands before a place; a default one where there is none.</summary>
    /// <remarks>
    /// <c>&lt;think&gt;</c>, <c>&lt;/think &gt;</c>, <c>&lt;seed:think&gt;</c>, <c>&lt;|begin_of_thought|&gt;</c>,
    /// <c>&lt;|END_THINKING|&gt;</c> (Command A), <c>&lt;start_working_out&gt;</c>, <c>◁think▷</c> (Kimi-VL), <c>[THINK]</c>
    /// (Magistral), attributes after the name. A name with "end" in it closes, as a slash does.
    /// </remarks>
    public static ThinkingTag At(ReadOnlySpan<char> text, int at)
    {
        int name = at < text.Length && text[at] == '/' ? at + 1 : at;
        if (text.Length > name + 5 && text[name + 5] == '>' && Is(text.Slice(name, 5), "think"))
            return new(name + 6, name > at);
        if (text.Length > name + 3 && Is(text.Slice(name, 3), "ans"))      // <answer>, the commonest other
            return default;
        name = at;
        while (name < text.Length && text[name] is ' ' or '|' or '\uff5c')
            name++;
        bool slash = name < text.Length && text[name] == '/';
        name += slash ? 1 : 0;
        while (name < text.Length && text[name] == ' ')
            name++;
        int end = name;
        while (end < text.Length && end - name < Longest && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or ':' or '-'))
            end++;
        if (end - name < 5 || Meaning(text[name..end]) is not { } ends)
            return default;
        int close = TagEnd(text, end);
        if (close == 0 || (text[at - 1] == '[' && end - name != 5))      // "[Reasoning]" is a heading
            return default;
        if (Is(text[name..end], "channel"))
            return text[name - 1] != '|' ? default
                : text[close..].StartsWith(Final) ? new(close + Final.Length, true) : new(close, false);
        return new(close, slash || ends);
    }

    // Whether a name ends thinking, "end_of_thought"; null where it has nothing to do with thinking.
    private static bool? Meaning(ReadOnlySpan<char> name)
    {
        if (!name.ContainsAny('_', ':', '-'))
            return IsThinking(name) ? name is "unused95" : null;
        (bool thinks, bool ends) = (false, false);
        foreach (Range part in name.SplitAny('_', ':', '-'))
        {
            ReadOnlySpan<char> word = name[part];
            thinks |= IsThinking(word);
            ends |= Is(word, "end");
        }

        return thinks ? ends : null;
    }

    // <unused94> and <unused95> are Gemma's, <|channel|> is gpt-oss's.
    private static bool IsThinking(ReadOnlySpan<char> word) => word.Length switch
    {
        5 => Is(word, "think"),
        7 => Is(word, "thought") || Is(word, "working") || Is(word, "channel"),
        8 => Is(word, "thinking") || Is(word, "thoughts") || Is(word, "analysis") || word is "unused94" or "unused95",
        9 => Is(word, "reasoning") || Is(word, "monologue"),
        10 => Is(word, "scratchpad"),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<char> word, string other) => word.Equals(other, StringComparison.OrdinalIgnoreCase);

    // Behind the closing bracket, blanks and attributes passed over; 0 where there is none.
    private static int TagEnd(ReadOnlySpan<char> text, int at)
    {
        ReadOnlySpan<char> rest = text[at..Math.Min(text.Length, at + Longest)];
        int end = rest.IndexOfAny('>', '\u25b7', ']');
        return end < 0 || !(rest[..end].Trim(" \n\r\t|\uff5c") is { } extra && (extra.IsEmpty || (rest[0] == ' ' && extra.Contains('='))))
            ? 0 : at + end + 1;
    }
}
