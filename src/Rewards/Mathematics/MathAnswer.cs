namespace Vlm.Rewards;

/// <summary>What a text says as mathematics: one value, or several in or without brackets.</summary>
/// <param name="Open">The bracket before several: '(', '[' or '{'; U+0000 without.</param>
/// <param name="Close">The bracket behind them.</param>
/// <param name="Items">The values.</param>
internal sealed record MathAnswer(char Open, char Close, IReadOnlyList<MathItem> Items)
{
    private const char PlusMinus = '\u00b1';
    private const int MostItems = 32;

    private bool IsOrdered => Open is '(' or '[';

    /// <summary>Reads a text.</summary>
    /// <param name="text">As <see cref="MathText"/> leaves it.</param>
    /// <param name="units">False takes letters behind a number for letters.</param>
    public static MathAnswer Of(string text, bool units)
    {
        (string? name, string body) = Prefix(text);
        body = body.Replace("\\{", "{", StringComparison.Ordinal).Replace("\\}", "}", StringComparison.Ordinal);
        bool set = body.Length != text.Length && body.StartsWith('{');
        (char open, char close, string inside) = Unwrapped(body);
        List<string> parts = Parts(open == '\0' ? WithCommas(inside) : inside);
        if (parts.Count == 1 && !(set && open == '{'))
            (open, close, parts) = ('\0', '\0', [body]);
        return new(open, close, [.. parts.SelectMany(Signs).Take(MostItems + 1).Select(part => MathItem.Of(name is null ? part : $"{name}={part}", units))]);
    }

    /// <summary>True where an answer says the same.</summary>
    /// <param name="said">What was answered.</param>
    public bool Takes(MathAnswer said)
    {
        if (Items.Count != said.Items.Count || Items.Count > MostItems)
            return false;
        if (Open != '\0' && said.Open != '\0' && (Open, Close) != (said.Open, said.Close))
            return false;
        return IsOrdered || said.IsOrdered ? Items.Zip(said.Items).All(pair => pair.First.Takes(pair.Second)) : TakesInAnyOrder(said.Items);
    }

    private bool TakesInAnyOrder(IReadOnlyList<MathItem> said)
    {
        var left = said.ToList();
        foreach (MathItem item in Items)
            if (left.FindIndex(item.Takes) is >= 0 and var at)
                left.RemoveAt(at);
            else
                return false;
        return true;
    }

    // "x \in (1, 2)" and "x = \{1, 2\}": the name is that of each value.
    private static (string? Name, string Body) Prefix(string text)
    {
        int at = text.IndexOfAny(['=', '\u2208']);
        string body = at > 0 ? text[(at + 1)..].Trim() : text;
        return at is > 0 and <= 5 && body.IndexOf('=', StringComparison.Ordinal) < 0 && (body.StartsWith('(') || body.StartsWith('[') || body.StartsWith("\\{", StringComparison.Ordinal))
            ? (text[..at].Trim(), body) : (null, text);
    }

    // The pair of brackets around all of it.
    private static (char Open, char Close, string Inside) Unwrapped(string text)
    {
        if (text.Length < 2 || text[0] is not ('(' or '[' or '{') || text[^1] is not (')' or ']' or '}'))
            return ('\0', '\0', text);
        int depth = 0;
        for (int at = 0; at < text.Length; at++)
        {
            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
            if (depth == 0 && at < text.Length - 1)
                return ('\0', '\0', text);
        }

        return depth == 0 ? (text[0], text[^1], text[1..^1]) : ('\0', '\0', text);
    }

    private static string WithCommas(string text) =>
        text.Replace(" and ", ", ", StringComparison.Ordinal).Replace(" or ", ", ", StringComparison.Ordinal).Replace(",, ", ", ", StringComparison.Ordinal);

    // At commas and semicolons outside of brackets; a comma within a number stays.
    private static List<string> Parts(string text)
    {
        var parts = new List<string>();
        (int depth, int start) = (0, 0);
        for (int at = 0; at < text.Length; at++)
        {
            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
            if (depth != 0 || text[at] is not (',' or ';') || IsThousands(text, at))
                continue;
            parts.Add(text[start..at].Trim());
            start = at + 1;
        }

        parts.Add(text[start..].Trim());
        return parts;
    }

    private static bool IsThousands(string text, int comma)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, comma), after = text.AsSpan(comma + 1);
        int digits = after.IndexOfAnyExceptInRange('0', '9');
        return comma > 0 && char.IsAsciiDigit(before[^1]) && Group(before) && (digits < 0 ? after.Length : digits) == 3;
    }

    // One to three digits, or such a group of three.
    private static bool Group(ReadOnlySpan<char> before)
    {
        int digits = before.Length - before.TrimEnd("0123456789").Length;
        return digits is >= 1 and <= 3 && !(digits == 1 && before[^1] == '0');
    }

    private static IEnumerable<string> Signs(string part) => part.Contains(PlusMinus, StringComparison.Ordinal)
        ? [part.Replace(PlusMinus, '+'), part.Replace(PlusMinus, '-')] : [part];
}
