using System.Buffers;
using System.Text;

namespace Vlm.Rewards;

/// <summary>A text without what only typesets it: LaTeX wrappers, Markdown emphasis, full-width letters.</summary>
/// <remarks>
/// <c>\text{red}</c> is red, <c>$7$</c> is 7, <c>50\%</c> is 50%, <c>90^\circ</c> is 90°, <c>**red**</c> is red, and the full-width
/// letters and signs of East Asian texts (U+FF01 to U+FF5E) are the ASCII ones. Formulas, such as <c>\frac</c> and <c>\sqrt</c>,
/// are left alone. One pass.
/// </remarks>
internal static class PlainText
{
    private static readonly SearchValues<char> s_ascii = SearchValues.Create("\\$*`{");
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Select(code => (char)code).Where(letter => !"\\$*`{".Contains(letter, StringComparison.Ordinal))]);

    private static readonly SearchValues<char> s_special =
        SearchValues.Create(['\\', '$', '*', '`', '{', '\u3000', .. Enumerable.Range('\uff01', 94).Select(code => (char)code)]);

    private static readonly string[] s_wrappers =
    [
        "\\text{", "\\textbf{", "\\textit{", "\\textrm{", "\\textnormal{", "\\mathrm{", "\\mathbf{", "\\mathit{", "\\mathsf{",
        "\\mbox{", "\\operatorname{",
    ];

    private static readonly (string Latex, string Plain)[] s_signs =
    [
        ("\\left", ""), ("\\right", ""), ("\\(", ""), ("\\)", ""), ("\\[", ""), ("\\]", ""), ("\\!", ""), ("\\,", " "), ("\\;", " "),
        ("\\:", " "), ("\\ ", " "), ("\\%", "%"), ("\\$", "$"), ("\\&", "&"), ("\\#", "#"), ("\\_", "_"), ("\\degree", "\u00b0"),
        ("\\circ", "\u00b0"),
    ];

    /// <summary>The plain text; the same string where it is plain.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(s_plain))
            return text;
        int at = text.AsSpan().IndexOfAny(Ascii.IsValid(text) ? s_ascii : s_special);
        if (at < 0)
            return text;
        var plain = new StringBuilder(text, 0, at, text.Length);
        var closing = new Stack<bool>();   // for each open brace: whether it is a wrapper's
        while (at < text.Length)
            at += Step(text, at, plain, closing);
        return plain.ToString();
    }

    /// <summary>The ASCII letter of a full-width one; others as they are.</summary>
    public static char Fold(char letter) => letter switch
    {
        >= '\uff01' and <= '\uff5e' => (char)(letter - 0xfee0),
        '\u3000' => ' ',
        _ => letter,
    };

    // Appends what a place is in plain, and says how many characters that was.
    private static int Step(string text, int at, StringBuilder plain, Stack<bool> closing)
    {
        switch (text[at])
        {
            case '\\':
                return Latex(text, at, plain, closing);
            case '{':
                bool comma = string.CompareOrdinal(text, at, "{,}", 0, 3) == 0;
                closing.Push(comma);
                plain.Append(comma ? "" : "{");
                return 1;
            case '}':
                plain.Append(closing.TryPop(out bool wrapper) && wrapper ? "" : "}");
                return 1;
            case '^' when DegreeLength(text, at) is > 0 and var length:
                plain.Append('\u00b0');
                return length;
            case '$' or '`':
                return 1;
            case '*':
                return Stars(text, at, plain);
            default:
                plain.Append(Fold(text[at]));
                return 1;
        }
    }

    private static int Latex(string text, int at, StringBuilder plain, Stack<bool> closing)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        foreach (string wrapper in s_wrappers)
            if (rest.StartsWith(wrapper))
            {
                closing.Push(true);
                return wrapper.Length;
            }

        foreach ((string latex, string sign) in s_signs)
            if (rest.StartsWith(latex))
            {
                plain.Append(sign);
                return latex.Length;
            }

        plain.Append('\\');
        return 1;
    }

    private static int DegreeLength(string text, int at)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        return rest.StartsWith("^\\circ") ? 6 : rest.StartsWith("^{\\circ}") ? 8 : 0;
    }

    // Emphasis opens or closes beside a word; a star with the same on both sides multiplies.
    private static int Stars(string text, int at, StringBuilder plain)
    {
        int end = at;
        while (end < text.Length && text[end] == '*')
            end++;
        bool before = at > 0 && char.IsLetterOrDigit(text[at - 1]), after = end < text.Length && char.IsLetterOrDigit(text[end]);
        if (end - at == 1 && before == after)
            plain.Append('*');
        return end - at;
    }
}
