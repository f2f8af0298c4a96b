using System.Buffers;
using System.Globalization;

namespace Vlm.Rewards;

/// <summary>Numbers in digits: separators, decimals, exponents, fractions.</summary>
/// <remarks>
/// Groups of three are parted by commas, spaces, apostrophes, underscores, or by points where there are two groups or a decimal comma follows;
/// 1,23,456 too. So "1,234" is a thousand and "1.234" a little over one, "0,125" an eighth, "3,5" three and a half, and
/// "1.234,5" is 1234.5. "1/2" and "1 1/2" are fractions, "2^3" and "3 x 10^4" powers.
/// </remarks>
internal static class DigitNumber
{
    private const int MaxExponentDigits = 4;
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private const string Vulgar = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞";
    private static readonly double[] s_vulgar =
        [1 / 2.0, 1 / 3.0, 2 / 3.0, 1 / 4.0, 3 / 4.0, 1 / 5.0, 2 / 5.0, 3 / 5.0, 4 / 5.0, 1 / 6.0, 5 / 6.0, 1 / 8.0, 3 / 8.0, 5 / 8.0, 7 / 8.0];

    /// <summary>Reads the number that begins at a digit, a point or a fraction sign.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, int at, out NumberToken number)
    {
        number = default;
        if (VulgarAt(text, at) is { } only)
        {
            number = new(only, false, at, at + 1);
            return true;
        }

        if (!TryPlain(text, at, out double value, out int end))
            return false;
        bool whole = text[at..end].IndexOfAnyExceptInRange('0', '9') < 0;
        (value, end) = WithPower(text, value, end);
        if (whole)
            (value, end) = WithFraction(text, value, end);
        number = new(value, false, at, end);
        return true;
    }

    /// <summary>Digits with separators, decimals and an exponent, without what may follow.</summary>
    public static bool TryPlain(ReadOnlySpan<char> text, int at, out double value, out int end)
    {
        int digits = Digits(text, at);
        int whole = at + digits > at ? GroupsEnd(text, at, at + digits, out char mark) : NoDigits(at, out mark);
        int point = whole < text.Length && IsDecimalMark(text, at, whole, mark) ? whole : -1;
        end = point < 0 ? whole : point + 1 + Digits(text, point + 1);
        value = 0;
        if (end == at || (digits == 0 && point < 0))
            return false;
        end = ExponentEnd(text, end);
        value = Parse(text[at..end], at, point);
        return true;
    }

    public static int Digits(ReadOnlySpan<char> text, int at)
    {
        ReadOnlySpan<char> rest = text[at..];
        int count = rest.IndexOfAnyExceptInRange('0', '9');
        return count < 0 ? rest.Length : count;
    }

    private static int NoDigits(int at, out char mark)
    {
        mark = '\0';
        return at;
    }

    private static double? VulgarAt(ReadOnlySpan<char> text, int at) =>
        at < text.Length && Vulgar.IndexOf(text[at], StringComparison.Ordinal) is >= 0 and var which ? s_vulgar[which] : null;

    // Where the groups of three end, and the sign that parts them; the end of the digits where there are none.
    private static int GroupsEnd(ReadOnlySpan<char> text, int at, int end, out char mark)
    {
        mark = '\0';
        if (end - at > 3 || text[at] == '0' || end + 4 > text.Length)
            return end;
        char sign = text[end];
        bool point = sign == '.';
        if (!(point || sign is ',' or '\'' or '\u2019' or '_' || NumberText.IsSpace(sign)))
            return end;
        int groups = Groups(text, end, sign, out int after);
        if (groups == 0 && sign == ',')
            after = IndianGroups(text, at, end);
        bool enough = after > end && (!point || groups > 1 || IsCommaWithDigits(text, after));
        mark = enough ? sign : '\0';
        return enough ? after : end;
    }

    private static int Groups(ReadOnlySpan<char> text, int at, char sign, out int after)
    {
        int groups = 0;
        for (after = at; after < text.Length && text[after] == sign && Digits(text[..Math.Min(text.Length, after + 5)], after + 1) == 3; groups++)
            after += 4;
        return groups;
    }

    // 1,23,456: groups of two, and a last one of three.
    private static int IndianGroups(ReadOnlySpan<char> text, int at, int end)
    {
        if (end - at > 2)
            return end;
        int after = end;
        while (after < text.Length && text[after] == ',' && Digits(text[..Math.Min(text.Length, after + 4)], after + 1) == 2)
            after += 3;
        return after > end && Groups(text, after, ',', out int last) == 1 ? last : end;
    }

    private static bool IsCommaWithDigits(ReadOnlySpan<char> text, int at) =>
        at + 1 < text.Length && text[at] == ',' && char.IsAsciiDigit(text[at + 1]);

    private static bool IsDecimalMark(ReadOnlySpan<char> text, int at, int end, char groups)
    {
        if (end + 1 >= text.Length || !char.IsAsciiDigit(text[end + 1]))
            return false;
        if (text[end] == '.')
            return groups != '.';
        return text[end] == ',' && (groups == '\0' ? IsDecimalComma(text, at, end) : groups != ',');
    }

    // "3,5" and "0,125", but not the list "1,2,3" and not a malformed "12,345,6".
    private static bool IsDecimalComma(ReadOnlySpan<char> text, int at, int comma)
    {
        int after = comma + 1 + Digits(text, comma + 1);
        bool group = after - comma - 1 == 3 && text[at] != '0';
        bool goesOn = after + 1 < text.Length && text[after] is ',' or '.' && char.IsAsciiDigit(text[after + 1]);
        bool inList = at > 1 && text[at - 1] == ',' && char.IsAsciiDigit(text[at - 2]);
        return !group && !goesOn && !inList;
    }

    private static int ExponentEnd(ReadOnlySpan<char> text, int end)
    {
        if (end >= text.Length || text[end] is not ('e' or 'E'))
            return end;
        int at = end + (end + 1 < text.Length && text[end + 1] is '-' or '+' ? 2 : 1);
        int digits = at < text.Length ? Digits(text, at) : 0;
        return digits is >= 1 and <= MaxExponentDigits ? at + digits : end;
    }

    private static double Parse(ReadOnlySpan<char> text, int start, int point)
    {
        if (point < 0 && text.IndexOfAnyExceptInRange('0', '9') < 0)
            return Value(text);
        char[] rented = ArrayPool<char>.Shared.Rent(text.Length);
        int count = 0;
        for (int i = 0; i < text.Length; i++)
            if (i == point - start)
                rented[count++] = '.';
            else if (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or '+')
                rented[count++] = text[i];
        double value = Value(rented.AsSpan(0, count));
        ArrayPool<char>.Shared.Return(rented);
        return value;
    }

    private static double Value(ReadOnlySpan<char> digits) => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);

    // 2^3, 2^{3}, 3 x 10^4, 3 \times 10^{-4}.
    private static (double Value, int End) WithPower(ReadOnlySpan<char> text, double value, int end)
    {
        if (ExponentAt(text, end, out int power, out int after))
            return (Math.Pow(value, power), after);
        int at = NumberText.SkipSpaces(text, end);
        at += TimesLength(text[at..]);
        int ten = NumberText.SkipSpaces(text, at);
        return at > end && text[ten..].StartsWith("10") && ExponentAt(text, ten + 2, out power, out after)
            && TimesLength(text[NumberText.SkipSpaces(text, end)..]) > 0
            ? (value * Math.Pow(10, power), after) : (value, end);
    }

    private static int TimesLength(ReadOnlySpan<char> text)
    {
        foreach (string sign in (ReadOnlySpan<string>)["\u00d7", "x", "X", "*", "\u00b7", "\\times", "\\cdot"])
            if (text.StartsWith(sign))
                return sign.Length;
        return 0;
    }

    private static bool ExponentAt(ReadOnlySpan<char> text, int at, out int power, out int end)
    {
        (power, end) = (0, at);
        if (at < text.Length && text[at] > '\u007f')
            return TrySuperscript(text, at, out power, out end);
        if (at + 1 >= text.Length || text[at] != '^')
            return false;
        bool braced = text[at + 1] == '{';
        int start = at + (braced ? 2 : 1);
        int digits = start + (start < text.Length && text[start] == '-' ? 1 : 0);
        end = digits < text.Length ? digits + Digits(text, digits) : digits;
        if (end == digits || end - digits > MaxExponentDigits || (braced && (end >= text.Length || text[end] != '}')))
            return false;
        power = int.Parse(text[start..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        end += braced ? 1 : 0;
        return true;
    }

    // 10³, 10⁻³
    private static bool TrySuperscript(ReadOnlySpan<char> text, int at, out int power, out int end)
    {
        bool minus = text[at] == '\u207b';
        (power, end) = (0, minus ? at + 1 : at);
        int start = end;
        for (; end < text.Length && end - start < MaxExponentDigits && Superscripts.IndexOf(text[end], StringComparison.Ordinal) is >= 0 and var digit; end++)
            power = (power * 10) + digit;
        power = minus ? -power : power;
        return end > start;
    }

    // 1/2, 1 1/2, 1½, 1\frac{1}{2}; not 3/4/2020, which is a date.
    private static (double Value, int End) WithFraction(ReadOnlySpan<char> text, double value, int end)
    {
        int vulgar = NumberText.SkipSpaces(text, end);
        if (VulgarAt(text, vulgar) is { } part)
            return (value + part, vulgar + 1);
        if (TryQuotient(text, end, value, out double quotient, out int after))
            return (quotient, after);
        int next = NumberText.SkipSpaces(text, end);
        if (next > end && next < text.Length && char.IsAsciiDigit(text[next])
            && TryQuotient(text, next + Digits(text, next), SmallValue(text, next), out quotient, out after) && quotient < 1)
            return (value + quotient, after);
        return LatexNumber.TryFraction(text, next, out quotient, out after) && quotient is > 0 and < 1
            ? (value + quotient, after) : (value, end);
    }

    private static double SmallValue(ReadOnlySpan<char> text, int at) => Value(text.Slice(at, Digits(text, at)));

    private static bool TryQuotient(ReadOnlySpan<char> text, int at, double above, out double quotient, out int end)
    {
        (quotient, end) = (0, at);
        int slash = NumberText.SkipSpaces(text, at);
        if (slash >= text.Length || text[slash] is not ('/' or '\u2044'))
            return false;
        int start = NumberText.SkipSpaces(text, slash + 1);
        end = start < text.Length ? start + Digits(text, start) : start;
        bool goesOn = end < text.Length && (text[end] == '/' || NumberText.IsWord(text[end]));
        if (end == start || goesOn || SmallValue(text, start) is 0 or double.PositiveInfinity)
            return false;
        quotient = above / SmallValue(text, start);
        return true;
    }
}
