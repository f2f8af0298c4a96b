using System.Globalization;
using System.Text;

namespace Vlm.Text.Jinja;

/// <summary>Rules of Python's texts where .NET has others: white space, and letters beyond U+FFFF count once.</summary>
internal static class TextRules
{
    public static bool IsBlank(char letter) => char.IsWhiteSpace(letter) || letter is >= '\x1c' and <= '\x1f';

    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
            if (!IsBlank(letter))
                return false;
        return true;
    }

    /// <summary>Without letters of a set, or white space where there is none, at the start and/or the end.</summary>
    public static string Trim(string text, string? letters, bool start, bool end)
    {
        bool Drops(char c) => letters is null ? IsBlank(c) : letters.Contains(c);
        int from = 0, to = text.Length;
        while (start && from < to && Drops(text[from]))
            from++;
        while (end && to > from && Drops(text[to - 1]))
            to--;
        return text[from..to];
    }

    public static string TrimEnd(string text) => Trim(text, null, start: false, end: true);

    /// <summary>Letters, each a text; what a loop over a text gives.</summary>
    public static List<object?> Letters(string text) =>
        [.. text.EnumerateRunes().Select(rune => (object?)rune.ToString())];

    public static int Length(string text) => HasPairs(text) ? text.EnumerateRunes().Count() : text.Length;

    public static bool HasPairs(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>The first letter upper, all others lower.</summary>
    public static string Capitalized(string text)
    {
        if (text.Length == 0)
            return text;
        Rune.DecodeFromUtf16(text, out _, out int first);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    /// <summary>Every letter that follows no letter upper, all others lower: Python's method.</summary>
    public static string Titled(string text) => Titled(text, char.IsLetter);

    /// <summary>Every word's first letter upper, all others lower: Jinja's filter.</summary>
    public static string TitledWords(string text) => Titled(text, c => !IsBlank(c) && !"-({[<".Contains(c));

    private static string Titled(string text, Func<char, bool> continues)
    {
        var result = new StringBuilder(text.Length);
        bool inside = false;
        foreach (char letter in text)
        {
            result.Append(inside ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter));
            inside = continues(letter);
        }

        return result.ToString();
    }

    /// <summary>A number as Python writes it: 1.0, 0.0001, 1e-05, 1e+16.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

        // d.ddd...E+xxx with the fewest digits that read back the same.
        string[] parts = Shortest(value).Split('E');
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal).TrimStart('-').TrimEnd('0');
        digits = digits.Length == 0 ? "0" : digits;
        int exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        string sign = double.IsNegative(value) ? "-" : "";
        return sign + (exponent is < -4 or >= 16 ? Scientific(digits, exponent) : Fixed(digits, exponent));
    }

    private static string Shortest(double value)
    {
        for (int digits = 0; digits < 16; digits++)
            if (value.ToString($"E{digits}", CultureInfo.InvariantCulture) is var text
                && double.Parse(text, CultureInfo.InvariantCulture) == value)
                return text;
        return value.ToString("E16", CultureInfo.InvariantCulture);
    }

    private static string Scientific(string digits, int exponent)
    {
        string rest = digits.Length > 1 ? $".{digits[1..]}" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{digits[0]}{rest}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static string Fixed(string digits, int exponent)
    {
        if (exponent < 0)
            return $"0.{new string('0', -exponent - 1)}{digits}";
        string padded = digits.PadRight(exponent + 2, '0');
        return $"{padded[..(exponent + 1)]}.{padded[(exponent + 1)..]}";
    }
}
