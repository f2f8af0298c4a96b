namespace Vlm.Rewards;

/// <summary>LaTeX fractions of plain numbers: <c>\frac{1}{2}</c>, <c>\dfrac12</c>.</summary>
internal static class LatexNumber
{
    private static readonly string[] s_names = ["\\frac", "\\dfrac", "\\tfrac", "\\cfrac"];

    /// <summary>Reads the fraction that begins at a backslash.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, int at, out NumberToken number)
    {
        bool found = TryFraction(text, at, out double value, out int end);
        number = new(value, false, at, end);
        return found;
    }

    /// <summary>The fraction at a place; false where there is none, or its parts are no numbers.</summary>
    public static bool TryFraction(ReadOnlySpan<char> text, int at, out double value, out int end)
    {
        (value, end) = (0, at);
        int name = NameLength(text[Math.Min(at, text.Length)..]);
        if (name == 0 || !TryPart(text, at + name, out double above, out int between)
            || !TryPart(text, between, out double below, out end) || below == 0)
            return false;
        value = above / below;
        return true;
    }

    private static int NameLength(ReadOnlySpan<char> text)
    {
        foreach (string name in s_names)
            if (text.StartsWith(name))
                return name.Length;
        return 0;
    }

    // {12}, {-1.5}, or one digit.
    private static bool TryPart(ReadOnlySpan<char> text, int at, out double value, out int end)
    {
        (value, end) = (0, at);
        at = NumberText.SkipSpaces(text, at);
        if (at >= text.Length)
            return false;
        if (char.IsAsciiDigit(text[at]))
        {
            (value, end) = (text[at] - '0', at + 1);
            return true;
        }

        if (text[at] != '{')
            return false;
        at = NumberText.SkipSpaces(text, at + 1);
        bool minus = at < text.Length && text[at] is '-' or '\u2212';
        if (!(at + 1 < text.Length && DigitNumber.TryPlain(text, minus ? at + 1 : at, out value, out end)))
            return false;
        value = minus ? -value : value;
        end = NumberText.SkipSpaces(text, end);
        return end < text.Length && text[end++] == '}';
    }
}
