using System.Text;
using CsCheck;

namespace Vlm.Tests.Text;

/// <summary>Texts that tokenizers trip over, put together at random.</summary>
internal static class RandomTexts
{
    private static readonly string[] s_words =
    [
        "the", "red", "circle", " is", " left", " of", "'s", "'LL", "'re", "'\u017F", "it's", "x2", "naïve", "ﬁ",
        "\u212A", "ÄÖÜ", "ß", "Ελληνικά", "слово", "שלום", "مرحبا", "नमस्ते", "ภาษาไทย", "日本語", "円の", "한국어", "\u1112\u1161\u11AB",
        "_", "__init__", "don't", "I'M",
    ];

    private static readonly string[] s_spaces =
    [
        " ", "  ", "   ", "\n", "\r\n", "\r", "\n\n", "\t", " \n", "\n ", "\u00A0", "\u3000", "\u2028", "\u0085",
        "\u1680", "\u200B", "\uFEFF", "\v", "\f", " \u00A0 ",
    ];

    private static readonly string[] s_numbers =
        ["0", "7", "42", "1234", " 12345678", "½", "²", "Ⅷ", "٣", "𝟙𝟚", "\U00010107", "3.14"];

    private static readonly string[] s_symbols =
    [
        "!", "?!", "...", "<", ">", "|", "://", " {", "+-", "\u0001", "\u007F", "€", "©", "\uFFFD", "\uFFFE", "\uFFFF",
        "\uE000", "🙂", "👍🏽", "👩‍👩‍👧", "🇩🇪", "♥\uFE0F", "\U000F0000", "\u200D", "\u200C", "Ⓐ", "🅰",
    ];

    // Marks that Unicode 9 has: Hugging Face's normal forms do not know newer ones.
    private static readonly string[] s_marks =
    [
        "e\u0301", "\u0301", "\u0327", "a\u0323\u0307", "a\u0307\u0323", "\u0308\u0301", "\u05B0", "\u064B", "\u093C",
        "\u0344", "\u20DD",
    ];

    private static readonly string[] s_halves = ["\uD83D", "\uDE42", "\uD800", "\uDFFF"];

    /// <summary>Text in every script, with white space, numbers, marks and half surrogate pairs.</summary>
    /// <param name="special">Tokens that the tokenizer looks for, and parts of them.</param>
    public static Gen<string> With(params string[] special)
    {
        string[] parts = [.. special, .. special.Select(token => token[..(token.Length / 2)]), "<|", "|>"];
        Gen<string> piece = Gen.Frequency(
            (6, Gen.OneOf(s_words)), (4, Gen.OneOf(s_spaces)), (2, Gen.OneOf(s_numbers)),
            (2, Gen.OneOf(s_symbols)), (2, Gen.OneOf(s_marks)), (1, Gen.OneOf(s_halves)),
            (3, Gen.OneOf(parts)), (2, Scalar));
        return piece.Array[0, 30].Select(string.Concat);
    }

    /// <summary>
    /// Text of the lists above alone: every normal form of it is the same in all versions of Unicode. Without the long
    /// s, which .NET's Regex does not take for an s where case is ignored; the scanners of known expressions do.
    /// </summary>
    public static Gen<string> Known { get; } = Gen.Frequency(
        (6, Gen.OneOf([.. s_words.Where(word => !word.Contains('\u017F'))])), (3, Gen.OneOf(s_spaces)),
        (2, Gen.OneOf(s_numbers)), (2, Gen.OneOf(s_symbols)),
        (2, Gen.OneOf(s_marks)), (1, Gen.OneOf(s_halves)), (1, Gen.OneOf("x", ",", ",,", "re", "xx")))
        .Array[0, 20].Select(string.Concat);

    /// <summary>The text with U+FFFD for half surrogate pairs, which UTF-8 has no bytes for.</summary>
    public static string WellFormed(string text) => string.Concat(text.EnumerateRunes());

    /// <summary>A letter of Unicode 16 or 17, whose lower case not both of .NET and Hugging Face's library know.</summary>
    public static bool IsNewLetter(int code) =>
        code is 0x1C89 or 0xA7CB or 0xA7CC or 0xA7CE or 0xA7D2 or 0xA7D4 or 0xA7DA or 0xA7DC or (>= 0x10D50 and <= 0x10D65) or (>= 0x16EA0 and <= 0x16EB8);

    // Any character of one to four bytes but NUL, where texts end for C, and marks and new letters, for which see above.
    private static Gen<string> Scalar { get; } =
        Gen.OneOf(Gen.Int[1, 0x7F], Gen.Int[0x80, 0x7FF], Gen.Int[0x800, 0xFFFF], Gen.Int[0x10000, 0x10FFFF])
            .Where(value => Rune.IsValid(value) && !IsNewLetter(value)).Select(value => new Rune(value))
            .Where(rune => Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.NonSpacingMark
                or System.Globalization.UnicodeCategory.SpacingCombiningMark))
            .Select(rune => rune.ToString());
}
