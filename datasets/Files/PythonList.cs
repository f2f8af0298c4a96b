using System.Globalization;
using System.Text;

namespace Vlm.Datasets;

/// <summary>Lists of texts as Python prints them, <c>['a', "b's"]</c>: MMMU stores its options so.</summary>
internal static class PythonList
{
    /// <summary>The texts; null where it is no such list.</summary>
    public static string[]? Read(string written)
    {
        ReadOnlySpan<char> text = written.AsSpan().Trim();
        if (text is not ['[', .., ']'])
            return null;
        var items = new List<string>();
        int at = 1;
        while (Skip(text, ref at, ' ') && text[at] != ']')
        {
            if (Quoted(text, ref at) is not { } item)
                return null;
            items.Add(item);
            Skip(text, ref at, ' ');
            if (text[at] == ',')
                at++;
            else if (text[at] != ']')
                return null;
        }

        return at == text.Length - 1 ? [.. items] : null;
    }

    private static bool Skip(ReadOnlySpan<char> text, ref int at, char blank)
    {
        while (at < text.Length - 1 && (text[at] == blank || text[at] == '\n'))
            at++;
        return true;
    }

    private static string? Quoted(ReadOnlySpan<char> text, ref int at)
    {
        char quote = text[at];
        if (quote is not ('\'' or '"'))
            return null;
        var item = new StringBuilder();
        for (at++; at < text.Length - 1; at++)
        {
            if (text[at] == quote)
            {
                at++;
                return item.ToString();
            }

            item.Append(text[at] == '\\' && ++at < text.Length - 1 ? Escaped(text, ref at) : text[at]);
        }

        return null;
    }

    // \\ \' \" \n \t \r \xhh \uhhhh, as repr() writes them.
    private static char Escaped(ReadOnlySpan<char> text, ref int at)
    {
        int digits = text[at] switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits > 0 && at + digits < text.Length && ushort.TryParse(
            text.Slice(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
        {
            at += digits;
            return (char)code;
        }

        return text[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var letter => letter };
    }
}
