namespace Vlm.Rewards;

/// <summary>What changes a number that stands before it: "million", a percent sign.</summary>
internal static class NumberSuffix
{
    private static readonly string[] s_percents = ["%", "\\%", "percent", "per cent", "pct"];

    /// <summary>The number with what follows it.</summary>
    public static NumberToken Apply(ReadOnlySpan<char> text, NumberToken number)
    {
        (double value, int end) = (number.Value, number.End);
        while (ScaleAt(text, end, out double scale, out int after))
            (value, end) = (value * scale, after);
        int percent = PercentEnd(text, NumberText.SkipSpaces(text, end));
        return number with { Value = value, IsPercent = percent > 0, End = percent > 0 ? percent : end };
    }

    private static bool ScaleAt(ReadOnlySpan<char> text, int at, out double scale, out int end)
    {
        (scale, end) = (text.Length > at ? text[at] switch { '\u4e07' => 1e4, '\u4ebf' => 1e8, _ => 0 } : 0, at + 1);
        if (scale > 0)
            return true;
        int word = at < text.Length && text[at] == '-' ? at + 1 : NumberText.SkipSpaces(text, at);
        return word > at && word < text.Length && WordNumber.TryScale(text, word, out scale, out end);
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
