using System.Globalization;
using System.Text;

namespace Vlm.Rewards;

/// <summary>Texts and numbers as Python reads and writes them: the scorers of benchmarks are written in it.</summary>
internal static class PythonText
{
    // What upper() turns one letter into: two letters, and three.
    private const string Doubling = "\u00DF\u0149\u01F0\u0587\u1E96\u1E97\u1E98\u1E99\u1E9A"
        + "\uFB00\uFB01\uFB02\uFB05\uFB06\uFB13\uFB14\uFB15\uFB16\uFB17";
    private const string Tripling = "\u0390\u03B0\uFB03\uFB04";

    /// <summary>str.isspace of a letter: also the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char letter) => char.IsWhiteSpace(letter) || letter is >= '\u001C' and <= '\u001F';

    /// <summary>str.strip().</summary>
    public static string Strip(string text)
    {
        (int start, int end) = (0, text.Length);
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary>str.split(): words between white space.</summary>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        for (int at = 0; at < text.Length;)
            if (IsSpace(text[at]))
                at++;
            else
            {
                int start = at;
                while (at < text.Length && !IsSpace(text[at]))
                    at++;
                words.Add(text[start..at]);
            }
        return words;
    }

    /// <summary>str.lower(), but for the final sigma.</summary>
    public static string Lower(string text) => text.Contains('\u0130', StringComparison.Ordinal)
        ? text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal) : text.ToLowerInvariant();

    /// <summary>len(): code points.</summary>
    public static int Length(string text)
    {
        int length = text.Length;
        for (int i = 1; i < text.Length; i++)
            if (char.IsSurrogatePair(text[i - 1], text[i]))
                length--;
        return length;
    }

    /// <summary>len(text.upper()): a sharp s is two letters.</summary>
    public static int UpperLength(string text) => Length(text)
        + text.Count(letter => letter > '\u007F' && Doubling.Contains(letter, StringComparison.Ordinal))
        + (2 * text.Count(letter => letter > '\u007F' && Tripling.Contains(letter, StringComparison.Ordinal)));

    /// <summary>float(text): white space around, digits of any script, single underscores between digits, inf and nan.</summary>
    /// <returns>Null where Python raises a ValueError.</returns>
    public static double? Float(string text)
    {
        string said = Strip(text);
        if (said.Length == 0 || said.Length > 4000)
            return null;
        string body = Lower(said.TrimStart('+', '-'));
        if (said.Length - body.Length > 1)
            return null;
        double sign = said[0] == '-' ? -1 : 1;
        return body switch
        {
            "inf" or "infinity" => sign * double.PositiveInfinity,
            "nan" => double.NaN,
            _ => Plain(body) is { } plain && double.TryParse(plain, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out double value) ? sign * value : null,
        };
    }

    /// <summary>repr of a float: the shortest digits that read back, with an exponent from 1e16 on and below 1e-4.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (shortest.Split('E') is [var digits, var power])
            return $"{digits}e{power}";
        if (Math.Abs(value) < 1e16)
            return shortest.Contains('.', StringComparison.Ordinal) ? shortest : shortest + ".0";

        // .NET writes the numbers below 1e17 without an exponent.
        string sign = value < 0 ? "-" : "", whole = shortest.TrimStart('-'), few = whole.TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture,
            $"{sign}{few[0]}{(few.Length > 1 ? "." : "")}{few[1..]}e+{whole.Length - 1}");
    }

    /// <summary>round(value, 2): of the exact binary value, ties to even.</summary>
    public static double Round2(double value) => Round(value, 2);

    /// <summary>round(value, digits), for 0 to 15 digits: of the exact binary value, ties to even.</summary>
    public static double Round(double value, int digits)
    {
        // 0.125 is a tie of two digits, and an odd number of eighths.
        double scale = Math.Pow(10, digits), grain = Math.Pow(2, digits + 1);
        bool isTie = double.IsInteger(value * grain) && !double.IsInteger(value * grain / 2);
        return !double.IsFinite(value) || Math.Abs(value) > 1e15 ? value
            : isTie ? Math.Round(value * scale, MidpointRounding.ToEven) / scale
            : double.Parse(value.ToString($"F{digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    // ASCII digits without underscores; null where a letter that is no part of a number is left.
    private static string? Plain(string body)
    {
        var plain = new StringBuilder(body.Length);
        for (int i = 0; i < body.Length; i++)
            if (char.IsDigit(body[i]))
                plain.Append((int)char.GetNumericValue(body[i]));
            else if (body[i] == '_')
            {
                if (!(i > 0 && i + 1 < body.Length && char.IsDigit(body[i - 1]) && char.IsDigit(body[i + 1])))
                    return null;
            }
            else if (body[i] is '.' or 'e' or '+' or '-')
                plain.Append(body[i]);
            else
                return null;
        return plain.Length > 0 && plain[0] is not ('+' or '-') ? plain.ToString() : null;
    }
}
