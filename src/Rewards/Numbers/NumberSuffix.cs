namespace Vlm.Rewards;

/// <summary>What changes a number that stands before it: "million", a percent sign.</summary>
internal static class NumberSuffix
{
    private static readonly string[] s_percents = ["%", "\\%", "percent", "per cent", "pct"];

    private static readonly string[] s_halves = [" and a half", " and one half", "-and-a-half"];

    private static readonly (string Part, int Of)[] s_parts =
    [
        ("half", 2), ("halves", 2), ("third", 3), ("thirds", 3), ("quarter", 4), ("quarters", 4), ("fourth", 4), ("fourths", 4),
        ("fifth", 5), ("fifths", 5), ("sixth", 6), ("sixths", 6), ("eighth", 8), ("eighths", 8), ("tenth", 10), ("tenths", 10),
    ];

    /// <summary>The number with what follows it.</summary>
    public static NumberToken Apply(ReadOnlySpan<char> text, NumberToken number)
    {
        (double value, int end) = (number.Value, number.End);
        while (ScaleAt(text, end, out double scale, out int after))
            (value, end) = (value * scale, after);
        if (end < text.Length && text[end] is ' ' or '-')
            (value, end) = WithHalf(text, number, value, end);
        int percent = PercentEnd(text, NumberText.SkipSpaces(text, end));
        return number with { Value = value, IsPercent = percent > 0, End = percent > 0 ? percent : end };
    }

    private static bool ScaleAt(ReadOnlySpan<char> text, int at, out double scale, out int end)
    {
        (scale, end) = (text.Length > at ? SignScale(text[at]) : 0, at + 1);
        if (scale > 0)
            return true;
        int word = at < text.Length && text[at] == '-' ? at + 1 : NumberText.SkipSpaces(text, at);
        return word > at && word < text.Length && WordNumber.TryScale(text, word, out scale, out end);
    }

    // 万, 億 and their like in simplified and traditional Chinese, Japanese and Korean.
    private static double SignScale(char sign) => sign switch
    {
        '\u767e' or '\ubc31' => 100,
        '\u5343' or '\ucc9c' => 1e3,
        '\u4e07' or '\u842c' or '\ub9cc' => 1e4,
        '\u4ebf' or '\u5104' or '\uc5b5' => 1e8,
        _ => 0,
    };

    // "seven and a half", and after number words "two-thirds", "three quarters".
    private static (double Value, int End) WithHalf(ReadOnlySpan<char> text, NumberToken number, double value, int end)
    {
        ReadOnlySpan<char> rest = text[end..];
        foreach (string half in s_halves)
            if (rest.StartsWith(half, StringComparison.OrdinalIgnoreCase) && !NumberText.IsWordAt(text, end + half.Length))
                return (value < 0 ? value - 0.5 : value + 0.5, end + half.Length);
        if (value is >= 1 and < 20 && char.IsAsciiLetter(text[number.End - 1]))
            foreach ((string part, int of) in s_parts)
                if (rest[1..].StartsWith(part, StringComparison.OrdinalIgnoreCase) && !NumberText.IsWordAt(text, end + 1 + part.Length))
                    return (value / of, end + 1 + part.Length);
        return (value, end);
    }

    private static int PercentEnd(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length || text[at] is not ('%' or '\\' or 'p' or 'P'))
            return 0;
        foreach (string sign in s_percents)
            if (text[at..].StartsWith(sign, StringComparison.OrdinalIgnoreCase))
                return at + sign.Length;
        return 0;
    }
}
