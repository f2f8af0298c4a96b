using System.Buffers;
using System.Text;

namespace Vlm.Rewards;

/// <summary>A text without what only typesets it: LaTeX wrappers, Markdown and HTML emphasis, full-width letters.</summary>
/// <remarks>
/// <c>\text{red}</c> is red, <c>$7$</c> is 7, <c>50\%</c> is 50%, <c>90^\circ</c> is 90°, <c>**red**</c> is red, and the full-width
/// letters and signs of East Asian texts (U+FF01 to U+FF5E) are the ASCII ones, as are the digits of every script, curly quotes and the
/// hyphens that do not break. Signs without width, and tokens that end a turn, vanish. Formulas, such as <c>\frac</c> and <c>\sqrt</c>,
/// are left alone. One pass.
/// </remarks>
internal static class PlainText
{
    private const string Special = "\\$*`{_<^";
    private static readonly SearchValues<char> s_ascii = SearchValues.Create(Special);
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Select(code => (char)code).Where(letter => !Special.Contains(letter, StringComparison.Ordinal))]);

    private static readonly SearchValues<char> s_special = SearchValues.Create(
        [.. Special, .. Enumerable.Range(128, 0xff80).Select(code => (char)code).Where(letter => Fold(letter) != letter)]);

    private static readonly string[] s_wrappers =
    [
        "\\text{", "\\textbf{", "\\textit{", "\\textrm{", "\\textnormal{", "\\mathrm{", "\\mathbf{", "\\mathit{", "\\mathsf{",
        "\\mbox{", "\\operatorname{", "\\texttt{", "\\textsf{", "\\textsc{", "\\textup{", "\\emph{", "\\underline{", "\\mathtt{", "\\mathcal{",
    ];

    private static readonly string[] s_markup =
    [
        "<b>", "</b>", "<i>", "</i>", "<u>", "</u>", "<em>", "</em>", "<strong>", "</strong>", "<br>", "<br/>",
        "</s>", "<eos>", "<end_of_turn>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>",
    ];

    private static readonly (string Latex, string Plain)[] s_signs =
    [
        ("\\left", ""), ("\\right", ""), ("\\(", ""), ("\\)", ""), ("\\[", ""), ("\\]", ""), ("\\!", ""), ("\\,", " "), ("\\;", " "),
        ("\\:", " "), ("\\ ", " "), ("\\%", "%"), ("\\$", "$"), ("\\&", "&"), ("\\#", "#"), ("\\_", "_"), ("\\degree", "\u00b0"),
        ("\\circ", "\u00b0"), ("\\displaystyle", ""), ("\\Large", ""), ("\\large", ""), ("\\huge", ""), ("\\small", ""),
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

    /// <summary>
    /// The ASCII sign that a sign stands for: full-width letters, digits of any script, curly quotes, hyphens; U+0000 for what has no
    /// width; others as they are.
    /// </summary>
    public static char Fold(char letter) => letter switch
    {
        >= '\uff01' and <= '\uff5e' => (char)(letter - 0xfee0),
        '\u3000' => ' ',
        '\u2010' or '\u2011' or '\u2013' or '\ufe63' => '-',
        '\u2018' or '\u2019' => '\'',
        '\u201c' or '\u201d' or '\u201e' => '"',
        '\u066b' => '.',
        '\u066c' => ',',
        '\u066a' => '%',
        '\u00ad' or '\u200b' or '\u200e' or '\u200f' or '\u2060' or '\ufeff' or (>= '\u202a' and <= '\u202e') => '\0',
        _ when letter > '\u00ff' && char.IsDigit(letter) => (char)('0' + char.GetNumericValue(letter)),
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
            case '$' when at > 0 && at + 1 < text.Length && char.IsLetter(text[at - 1]) && char.IsDigit(text[at + 1]):
                plain.Append(' ');      // US$7
                return 1;
            case '$' or '`':
                return 1;
            case '_':
                plain.Append(IsEmphasis(text, at) ? "" : "_");
                return 1;
            case '<' when Markup(text, at) is > 0 and var length:
                return length;
            case '*':
                return Stars(text, at, plain);
            default:
                if (Folded(text, at) is not '\0' and var letter)
                    plain.Append(letter);
                return 1;
        }
    }

    // "4٠" is no number that anybody writes: digits of two scripts stay apart.
    private static char Folded(string text, int at)
    {
        char letter = text[at], folded = Fold(letter);
        bool mixed = letter > '\u00ff' && char.IsDigit(letter) && letter < '\uff00'
            && ((at > 0 && char.IsAsciiDigit(text[at - 1])) || (at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])));
        return mixed || letter == '\0' ? letter : folded;
    }

    // _red_ and __red__, but not x_1.
    private static bool IsEmphasis(string text, int at)
    {
        int start = at, end = at + 1;
        if (start > 0 && text[start - 1] == '_')
            start--;
        if (end < text.Length && text[end] == '_')
            end++;
        return (start > 0 && char.IsLetterOrDigit(text[start - 1])) != (end < text.Length && char.IsLetterOrDigit(text[end]));
    }

    // <b>, </strong>, and what ends a turn: <|im_end|>
    private static int Markup(string text, int at)
    {
        foreach (string tag in s_markup)
            if (string.CompareOrdinal(text, at, tag, 0, tag.Length) == 0)
                return tag.Length;
        return 0;
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
