using System.Globalization;
using System.Text;

namespace Vlm.Text.Jinja;

/// <summary>Reads one token of an expression: a name, a number, a quoted text, or a symbol.</summary>
internal static class TokenScan
{
    private static readonly string[] Pairs = ["==", "!=", ">=", "<=", "//", "**"];

    public static Token Read(string source, int at, int line, out int length)
    {
        char first = source[at];
        if (char.IsLetter(first) || first == '_')
        {
            length = LengthWhile(source, at, c => char.IsLetterOrDigit(c) || c == '_');
            return new Token(TokenKind.Name, source.Substring(at, length), line);
        }

        if (char.IsAsciiDigit(first))
            return Number(source, at, line, out length);
        return first is '"' or '\'' ? Quoted(source, at, line, out length) : Symbol(source, at, line, out length);
    }

    private static int LengthWhile(string source, int at, Func<char, bool> accept)
    {
        int end = at;
        while (end < source.Length && accept(source[end]))
            end++;
        return end - at;
    }

    private static Token Symbol(string source, int at, int line, out int length)
    {
        string? pair = Pairs.FirstOrDefault(p => string.CompareOrdinal(source, at, p, 0, 2) == 0);
        length = pair?.Length ?? 1;
        return pair is not null || "+-*/%~[](){}=<>.:|,".Contains(source[at])
            ? new Token(TokenKind.Symbol, pair ?? source[at].ToString(), line)
            : throw new TemplateFault($"the letter '{source[at]}' means nothing here", line);
    }

    // After a dot a number is an index (a.0.1), so it has no fraction.
    private static Token Number(string source, int at, int line, out int length)
    {
        int end = at + LengthWhile(source, at, Digit);
        bool whole = true;
        if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1])
            && (at == 0 || source[at - 1] != '.'))
        {
            whole = false;
            end += 1 + LengthWhile(source, end + 1, Digit);
        }

        int exponent = Exponent(source, end);
        whole &= exponent == 0;
        length = end + exponent - at;
        string text = source.Substring(at, length).Replace("_", "", StringComparison.Ordinal);
        return new Token(TokenKind.Literal, text, line, Value(text, whole, line));
    }

    private static bool Digit(char c) => char.IsAsciiDigit(c) || c == '_';

    private static int Exponent(string source, int at)
    {
        if (at >= source.Length || source[at] is not ('e' or 'E'))
            return 0;
        int sign = at + 1 < source.Length && source[at + 1] is '+' or '-' ? 1 : 0;
        int digits = LengthWhile(source, at + 1 + sign, char.IsAsciiDigit);
        return digits == 0 ? 0 : 1 + sign + digits;
    }

    private static object Value(string text, bool whole, int line)
    {
        if (!whole)
            return double.Parse(text, CultureInfo.InvariantCulture);
        return long.TryParse(text, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new TemplateFault($"the number {text} is too large", line);
    }

    private static Token Quoted(string source, int at, int line, out int length)
    {
        var text = new StringBuilder();
        int end = at + 1;
        while (end < source.Length && source[end] != source[at])
            end += source[end] == '\\' ? Escape(source, end, text) : Plain(source[end], text);
        if (end >= source.Length)
            throw new TemplateFault($"a text that starts with {source[at]} is not closed", line);

        length = end + 1 - at;
        return new Token(TokenKind.Literal, source.Substring(at, length), line, text.ToString());
    }

    private static int Plain(char letter, StringBuilder text)
    {
        text.Append(letter);
        return 1;
    }

    // Python's escapes; a backslash before any other letter stands for itself.
    private static int Escape(string source, int at, StringBuilder text)
    {
        char letter = at + 1 < source.Length ? source[at + 1] : '\0';
        int digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
            return Hexadecimal(source, at, digits, text);
        if ("\n\\'\"abfnrtv0".IndexOf(letter) is var i and >= 0)
        {
            text.Append(i == 0 ? "" : "\n\\'\"\a\b\f\n\r\t\v\0"[i].ToString());
            return 2;
        }

        return Plain('\\', text);
    }

    private static int Hexadecimal(string source, int at, int digits, StringBuilder text)
    {
        bool whole = at + 2 + digits <= source.Length;
        if (!whole || !uint.TryParse(source.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out uint value))
            return Plain('\\', text);

        text.Append(value <= char.MaxValue ? ((char)value).ToString()
            : Rune.TryCreate(value, out Rune rune) ? rune.ToString() : "\uFFFD");
        return 2 + digits;
    }
}
