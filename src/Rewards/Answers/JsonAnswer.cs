using System.Buffers;
using System.Text;

namespace Vlm.Rewards;

/// <summary>
/// The last value of a key <c>"answer"</c>, or one like it, as <c>"final_answer"</c> and <c>"answer_choice"</c>; where there is none, of
/// <c>"choice"</c>, <c>"option"</c>, <c>"prediction"</c>, <c>"result"</c> or <c>"答案"</c>. A text comes without its quotes, a number, a
/// list or an object as it stands. The JSON around it may be cut off or have single quotes.
/// </summary>
internal static class JsonAnswer
{
    private const string Key = "answer";
    private const string Chinese = "\u7b54\u6848";
    private const int LongestPrefix = 16;

    private static readonly string[] s_suffixes = ["_value", "_choice", "_text", "_letter", "_option"];
    private static readonly string[] s_others = ["choice", "option", "prediction", "result"];

    // Without their first letter, which may be a capital.
    private static readonly SearchValues<string> s_anyOther = SearchValues.Create([.. s_others.Select(key => key[1..])], StringComparison.Ordinal);

    public static AnswerPart Find(string text)
    {
        if (!text.AsSpan().ContainsAny('"', '\''))
            return AnswerPart.None;
        int value = -1;
        for (int at = 0; (at = text.IndexOf(Key, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += Key.Length)
            value = ValueStart(text, at, KeyEnd(text, at + Key.Length)) is >= 0 and var start ? start : value;
        value = value < 0 ? OtherValue(text) : value;
        return value < 0 ? AnswerPart.None : new AnswerPart(Value(text, value)).NotEmpty();
    }

    private static int OtherValue(string text)
    {
        int value = -1;
        if (!text.Contains(':', StringComparison.Ordinal))
            return value;
        if (text.LastIndexOf(Chinese, StringComparison.Ordinal) is >= 0 and var chinese)
            value = ValueStart(text, chinese, chinese + Chinese.Length);
        for (int at = 1; at < text.Length && text.AsSpan(at).IndexOfAny(s_anyOther) is >= 0 and var next; at++)
        {
            at += next;
            foreach (string key in s_others)
                if (string.Compare(text, at - 1, key, 0, key.Length, StringComparison.OrdinalIgnoreCase) == 0)
                    value = ValueStart(text, at - 1, at - 1 + key.Length) is >= 0 and var start ? start : value;
        }

        return value;
    }

    private static int KeyEnd(string text, int at)
    {
        if (at < text.Length && text[at] == '_')
            foreach (string suffix in s_suffixes)
                if (text.AsSpan(at).StartsWith(suffix, StringComparison.OrdinalIgnoreCase))
                    return at + suffix.Length;
        return at;
    }

    // Where the value of the key begins of which a word from one place to another is the end; -1 where the word is no key.
    private static int ValueStart(string text, int at, int quote)
    {
        int first = at - 1;
        while (first >= 0 && at - first <= LongestPrefix && (char.IsLetter(text[first]) || text[first] is '_' or ' ' or '-'))
            first--;
        if (first < 0 || quote >= text.Length || text[first] is not ('"' or '\'') || text[quote] != text[first])
            return -1;
        int colon = SkipSpaces(text, quote + 1);
        return colon < text.Length && text[colon] == ':' ? SkipSpaces(text, colon + 1) : -1;
    }

    private static string Value(string text, int at)
    {
        if (at >= text.Length)
            return "";
        if (text[at] is '"' or '\'')
            return Unescaped(text[(at + 1)..StringEnd(text, at)]);
        if (text[at] is '[' or '{')
            return text[at..NestedEnd(text, at)];
        int end = text.AsSpan(at).IndexOfAny(",}\n");
        string scalar = (end < 0 ? text[at..] : text[at..(at + end)]).Trim();
        return scalar == "null" ? "" : scalar;
    }

    private static int StringEnd(string text, int open)
    {
        for (int at = open + 1; at < text.Length; at++)
            if (text[at] == '\\')
                at++;
            else if (text[at] == text[open])
                return at;
        return text.Length;
    }

    private static int NestedEnd(string text, int open)
    {
        int depth = 0;
        for (int at = open; at < text.Length; at++)
            switch (text[at])
            {
                case '"':
                    at = StringEnd(text, at);
                    break;
                case '[' or '{':
                    depth++;
                    break;
                case ']' or '}' when --depth == 0:
                    return at + 1;
            }

        return text.Length;
    }

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }

    // \t, \f, \b and \r stay: models write LaTeX (\text, \frac, \boxed) into JSON without doubling the backslash.
    private static string Unescaped(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            char next = text[at] == '\\' && at + 1 < text.Length ? text[at + 1] : '\0';
            if (next is '"' or '\'' or '\\' or '/' or 'n')
            {
                plain.Append(next == 'n' ? '\n' : next);
                at++;
            }
            else if (next == 'u' && at + 6 <= text.Length && ushort.TryParse(
                text.AsSpan(at + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out ushort code))
            {
                plain.Append((char)code);
                at += 5;
            }
            else
            {
                plain.Append(text[at]);
            }
        }

        return plain.ToString();
    }
}
