namespace Vlm.Rewards;

/// <summary>A text that is a number in Chinese numerals: 七, 二十一, 三百零五个.</summary>
/// <remarks>
/// Only whole texts are read, with one more sign for the thing counted: within a sentence 一 is as often an article as a number.
/// </remarks>
internal static class ChineseNumber
{
    private const string Digits = "\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d";
    private const int Longest = 16;

    /// <summary>Reads the whole text.</summary>
    public static bool TryWhole(string text, out NumberToken number)
    {
        ReadOnlySpan<char> bare = text.AsSpan().Trim().TrimEnd("\u3002.");
        (double done, double now, double digit, int read) = (0, 0, 0, 0);
        number = default;
        if (bare.Length > Longest)
            return false;
        for (; read < bare.Length; read++)
        {
            char sign = bare[read] switch { '\u3007' => '\u96f6', '\u4e24' => '\u4e8c', var other => other };
            if (Digits.IndexOf(sign, StringComparison.Ordinal) is >= 0 and var value)
                digit = value;
            else if (Unit(sign) is not { } unit)
                break;
            else if (unit >= 10_000)
                (done, now, digit) = ((done + now + digit) * unit, 0, 0);
            else
                (now, digit) = (now + (Math.Max(digit, 1) * unit), 0);
        }

        number = new(done + now + digit, false, 0, read);
        return read > 0 && bare.Length - read <= 1;
    }

    private static double? Unit(char sign) => sign switch
    {
        '\u5341' => 10,
        '\u767e' => 100,
        '\u5343' => 1000,
        '\u4e07' => 10_000,
        '\u4ebf' => 100_000_000,
        _ => null,
    };
}
