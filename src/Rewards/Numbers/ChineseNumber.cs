namespace Vlm.Rewards;

/// <summary>A text that is a number in Chinese numerals: 七, 二十一, 三百零五个, 共有七个苹果, 四分之三, 百分之十二.</summary>
/// <remarks>
/// Only short texts are read, with a few signs for the thing counted: within a sentence 一 is as often an article as a number.
/// </remarks>
internal static class ChineseNumber
{
    private const string Digits = "\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d", Of = "\u5206\u4e4b";
    private const int Longest = 16, LongestThing = 4;
    private static readonly string[] s_before = ["\u4e00\u5171\u6709", "\u603b\u5171\u6709", "\u4e00\u5171", "\u603b\u5171", "\u5171\u6709", "\u6709", "\u662f"];

    /// <summary>Reads the whole text.</summary>
    public static bool TryWhole(string text, out NumberToken number)
    {
        ReadOnlySpan<char> bare = text.AsSpan().Trim().TrimEnd("\u3002.");
        number = default;
        if (bare.Length > Longest)
            return false;
        foreach (string words in s_before)
            if (bare.StartsWith(words))
            {
                bare = bare[words.Length..];
                break;
            }

        double value = Read(bare, out int read);
        if (read > 0 && bare[read..].StartsWith(Of))
            return TryQuotient(bare, value, read + Of.Length, out number);
        number = new(value, false, 0, read);
        return read > 0 && bare.Length - read <= LongestThing && !HasNumeral(bare[read..]);
    }

    // 四分之三: three of four.
    private static bool TryQuotient(ReadOnlySpan<char> text, double below, int at, out NumberToken number)
    {
        double above = Read(text[at..], out int read);
        number = below == 100 ? new(above, true, 0, at + read) : new(above / below, false, 0, at + read);
        return read > 0 && below > 0 && text.Length - at - read <= 1;
    }

    private static double Read(ReadOnlySpan<char> text, out int read)
    {
        (double done, double now, double digit) = (0, 0, 0);
        for (read = 0; read < text.Length; read++)
            if (Digit(text[read]) is >= 0 and var value)
                digit = value;
            else if (Unit(text[read]) is not { } unit)
                break;
            else if (unit >= 10_000)
                (done, now, digit) = ((done + now + digit) * unit, 0, 0);
            else
                (now, digit) = (now + (Math.Max(digit, 1) * unit), 0);
        return done + now + digit;
    }

    private static bool HasNumeral(ReadOnlySpan<char> text)
    {
        foreach (char sign in text)
            if (Digit(sign) >= 0 || Unit(sign) is not null || char.IsAsciiDigit(sign))
                return true;
        return false;
    }

    private static int Digit(char sign) => Digits.IndexOf(
        sign switch { '\u3007' => '\u96f6', '\u4e24' or '\u5169' => '\u4e8c', var other => other }, StringComparison.Ordinal);

    private static double? Unit(char sign) => sign switch
    {
        '\u5341' => 10,
        '\u767e' => 100,
        '\u5343' => 1000,
        '\u4e07' or '\u842c' => 10_000,
        '\u4ebf' or '\u5104' => 100_000_000,
        _ => null,
    };
}
