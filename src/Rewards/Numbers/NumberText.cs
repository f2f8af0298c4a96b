using System.Buffers;

namespace Vlm.Rewards;

/// <summary>Finds numbers in a text as people, Python and LaTeX write them, in one pass.</summary>
/// <remarks>
/// Digits (<see cref="DigitNumber"/>), words up to trillions (<see cref="WordNumber"/>) and LaTeX fractions
/// (<see cref="LatexNumber"/>), each with the scale word and the percent sign after it. A number never begins within a word or
/// another number ("B5", "CO2"), nor is an exponent one ("m^2").
/// </remarks>
internal static class NumberText
{
    private const string Currency = "$€£¥₹";
    private static readonly string[] s_minus = ["minus", "negative", "\u8d1f", "\u8ca0", "\u96f6\u4e0b"];
    private static readonly SearchValues<char> s_starts =
        SearchValues.Create("0123456789.\\½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞ZOTFSENHMBDzotfsenhmbd");

    /// <summary>The next number from a place on.</summary>
    /// <param name="text">The text, full-width digits already folded.</param>
    /// <param name="at">Where to look; moved behind what was read.</param>
    /// <param name="number">What was found.</param>
    /// <returns>False where there is none up to the end.</returns>
    public static bool Next(ReadOnlySpan<char> text, ref int at, out NumberToken number)
    {
        while (at < text.Length && text[at..].IndexOfAny(s_starts) is >= 0 and var skipped)
        {
            at += skipped;
            if (ReadAt(text, at, out number))
            {
                at = number.End;
                return true;
            }

            at = AfterWord(text, at);
        }

        (at, number) = (text.Length, default);
        return false;
    }

    /// <summary>The number that a whole text is, white space, a currency sign and dollar signs of LaTeX aside.</summary>
    public static bool TryWhole(string? text, out NumberToken number)
    {
        number = default;
        string bare = PlainText.Of(text ?? "").Trim().TrimEnd('.').Trim();
        int at = 0;
        return bare.Length > 0 && Next(bare, ref at, out number) && double.IsFinite(number.Value)
            && bare.AsSpan(number.End).IsWhiteSpace()
            && bare.AsSpan(0, number.Start).Trim().Trim(Currency).IsEmpty;
    }

    /// <summary>True where a character ends a word or a number that something after it would belong to.</summary>
    public static bool IsWordBefore(ReadOnlySpan<char> text, int at) => at > 0 && IsWord(text[at - 1]);

    /// <summary>True where a word goes on at a place.</summary>
    public static bool IsWordAt(ReadOnlySpan<char> text, int at) => at < text.Length && IsWord(text[at]);

    public static bool IsWord(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';

    public static bool IsSpace(char letter) => letter is ' ' or '\u00a0' or '\u2009' or '\u202f';

    /// <summary>Where white space from a place on ends.</summary>
    public static int SkipSpaces(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && IsSpace(text[at]))
            at++;
        return at;
    }

    private static bool ReadAt(ReadOnlySpan<char> text, int at, out NumberToken number)
    {
        number = default;
        bool found = text[at] switch
        {
            '\\' => LatexNumber.TryRead(text, at, out number),
            var first when char.IsAsciiLetter(first) => !IsWordBefore(text, at) && WordNumber.TryRead(text, at, out number),
            _ => !IsWordBefore(text, at) && !IsExponent(text, at) && DigitNumber.TryRead(text, at, out number),
        };
        if (!found)
            return false;
        number = NumberSuffix.Apply(text, Signed(text, number));
        return true;
    }

    // "-5", "-$5", "minus 5", but not "4-5" and "A-5", where the dash joins.
    private static NumberToken Signed(ReadOnlySpan<char> text, NumberToken number)
    {
        int at = number.Start;
        if (at > 1 && Currency.Contains(text[at - 1], StringComparison.Ordinal))
            at--;
        if (at == 0)
            return number;
        if (text[at - 1] is ' ' or '\u8d1f' or '\u8ca0' or '\u4e0b')
            return MinusStart(text[..at]) is >= 0 and var start ? number with { Start = start, Value = -number.Value } : number;
        if (text[at - 1] is not ('-' or '+' or '\u2212') || IsWordBefore(text, at - 1))
            return number;
        return number with { Start = at - 1, Value = text[at - 1] == '+' ? number.Value : -number.Value };
    }

    // Where "minus", "negative", 负 or 零下 begins that a text ends in; -1 where it ends otherwise.
    private static int MinusStart(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> said = text.TrimEnd(' ');
        if (said is not [.., 's' or 'S' or 'e' or 'E' or '\u8d1f' or '\u8ca0' or '\u4e0b'])
            return -1;
        foreach (string word in s_minus)
            if (said.EndsWith(word, StringComparison.OrdinalIgnoreCase) && !IsWordBefore(said, said.Length - word.Length))
                return said.Length - word.Length;
        return -1;
    }

    private static bool IsExponent(ReadOnlySpan<char> text, int at)
    {
        if (at > 0 && text[at - 1] is '-' or '+')
            at--;
        if (at > 0 && text[at - 1] == '{')
            at--;
        return at > 0 && text[at - 1] == '^';
    }

    // What began within a word is passed over with the rest of it.
    private static int AfterWord(ReadOnlySpan<char> text, int at)
    {
        at++;
        while (at < text.Length && IsWord(text[at]) && IsWord(text[at - 1]))
            at++;
        return at;
    }
}
