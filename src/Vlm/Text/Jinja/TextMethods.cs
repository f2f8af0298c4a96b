namespace Vlm.Text.Jinja;

/// <summary>Methods of texts, as Python has them.</summary>
internal static class TextMethods
{
    /// <summary>The method of a name, bound to its text; null where there is none.</summary>
    public static Func<Arguments, object?>? Find(string text, string name, Budget budget)
    {
        Func<Arguments, object?>? method = Trimming(text, name) ?? Casing(text, name) ?? Asking(text, name)
            ?? Searching(text, name) ?? Changing(text, name, budget);
        return method is null ? null : arguments =>
        {
            budget.Size(name is "startswith" or "endswith" ? 1 : text.Length);
            return method(arguments);
        };
    }

    /// <summary>Parts between a separator, or runs of white space where it is null; at most so many cuts.</summary>
    public static List<object?> Split(string text, string? separator, long most, bool fromEnd = false)
    {
        if (separator is "")
            throw new TemplateFault("a text is split at an empty separator");
        int count = most < 0 || most >= int.MaxValue ? int.MaxValue : (int)most + 1;
        if (separator is null)
            return SplitAtBlanks(text, count, fromEnd);
        return !fromEnd ? [.. text.Split(separator, count)] : FromEnd(text, separator, count);
    }

    private static Func<Arguments, object?>? Trimming(string text, string name) => name switch
    {
        "strip" => a => TextRules.Trim(text, Letters(a), start: true, end: true),
        "lstrip" => a => TextRules.Trim(text, Letters(a), start: true, end: false),
        "rstrip" => a => TextRules.Trim(text, Letters(a), start: false, end: true),
        "removeprefix" => a => text.StartsWith(a.Text(0, "prefix"), StringComparison.Ordinal)
            ? text[a.Text(0, "prefix").Length..] : text,
        "removesuffix" => a => text.EndsWith(a.Text(0, "suffix"), StringComparison.Ordinal)
            ? text[..^a.Text(0, "suffix").Length] : text,
        _ => null,
    };

    private static Func<Arguments, object?>? Casing(string text, string name) => name switch
    {
        "upper" => _ => text.ToUpperInvariant(),
        "lower" => _ => text.ToLowerInvariant(),
        "capitalize" => _ => TextRules.Capitalized(text),
        "title" => _ => TextRules.Titled(text),
        _ => null,
    };

    private static Func<Arguments, object?>? Asking(string text, string name) => name switch
    {
        "startswith" => a => Any(
            a.Required(0, "prefix"), text[(int)Math.Clamp(a.Whole(1, "start", 0), 0, text.Length)..].StartsWith),
        "endswith" => a => Any(a.Required(0, "suffix"), text.EndsWith),
        "isdigit" or "isdecimal" or "isnumeric" => _ => All(text, char.IsDigit),
        "isalpha" => _ => All(text, char.IsLetter),
        "isalnum" => _ => All(text, char.IsLetterOrDigit),
        "isspace" => _ => All(text, TextRules.IsBlank),
        "isupper" => _ => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        "islower" => _ => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        _ => null,
    };

    private static Func<Arguments, object?>? Searching(string text, string name) => name switch
    {
        "find" => a => Place(text, text.IndexOf(a.Text(0, "sub"), StringComparison.Ordinal)),
        "rfind" => a => Place(text, text.LastIndexOf(a.Text(0, "sub"), StringComparison.Ordinal)),
        "index" => a => text.IndexOf(a.Text(0, "sub"), StringComparison.Ordinal) is var at and >= 0 ? Place(text, at)
            : throw new TemplateFault("a part of a text was not found"),
        "count" => a => a.Text(0, "sub") is { Length: > 0 } sub ? text.Split(sub).Length - 1L : text.Length + 1L,
        _ => null,
    };

    private static Func<Arguments, object?>? Changing(string text, string name, Budget budget) => name switch
    {
        "split" => a => Split(text, Separator(a), a.Whole(1, "maxsplit", -1)),
        "rsplit" => a => Split(text, Separator(a), a.Whole(1, "maxsplit", -1), fromEnd: true),
        "splitlines" => _ => Lines(text),
        "partition" => a => Parted(text, a.Text(0, "sep"), text.IndexOf(a.Text(0, "sep"), StringComparison.Ordinal), 0),
        "rpartition" => a =>
            Parted(text, a.Text(0, "sep"), text.LastIndexOf(a.Text(0, "sep"), StringComparison.Ordinal), 2),
        "replace" => a => Replace(text, a.Text(0, "old"), a.Text(1, "new"), a.Whole(2, "count", -1), budget),
        "join" => a => Join(text, Value.Items(a.Required(0, "items"), budget), budget),
        "zfill" => a => Padded(text, a, (width, _) => text.PadLeft(width, '0'), budget),
        "ljust" => a => Padded(text, a, text.PadRight, budget),
        "rjust" => a => Padded(text, a, text.PadLeft, budget),
        _ => null,
    };

    /// <summary>With a part replaced everywhere, or the first so many times.</summary>
    public static string Replace(string text, string old, string with, long most, Budget budget)
    {
        if (old.Length == 0)
            throw new TemplateFault("an empty text is replaced");
        budget.Size(text.Length);
        List<object?> parts = Split(text, old, most);
        return Join(with, parts, budget);
    }

    /// <summary>All items, which must be texts, with a separator between them.</summary>
    public static string Join(string separator, List<object?> items, Budget budget)
    {
        budget.Size((long)separator.Length * items.Count);
        foreach (object? item in items)
            budget.Size(item is string text ? text.Length
                : throw new TemplateFault($"a {Value.TypeName(item)} among texts that are joined"));
        return string.Join(separator, items);
    }

    /// <summary>Lines without their ends.</summary>
    public static List<object?> Lines(string text)
    {
        string normal = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        List<object?> lines = [.. normal.Split('\n')];
        if (lines[^1] is "")
            lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private static string? Letters(Arguments arguments) =>
        arguments.At(0, "chars") is null ? null : arguments.Text(0, "chars");

    private static string? Separator(Arguments arguments) =>
        arguments.At(0, "sep") is null ? null : arguments.Text(0, "sep");

    private static bool Any(object? wanted, Func<string, StringComparison, bool> holds) => wanted switch
    {
        string text => holds(text, StringComparison.Ordinal),
        List<object?> list => list.Any(item => item is string text && holds(text, StringComparison.Ordinal)),
        _ => throw new TemplateFault($"a text is expected, not a {Value.TypeName(wanted)}"),
    };

    private static bool All(string text, Func<char, bool> holds) => text.Length > 0 && text.All(holds);

    private static long Place(string text, int at) => at < 0 ? at : TextRules.Length(text[..at]);

    private static List<object?> FromEnd(string text, string separator, int count)
    {
        string[] parts = text.Split(separator);
        int joined = Math.Max(0, parts.Length - count);
        return [string.Join(separator, parts[..(joined + 1)]), .. parts[(joined + 1)..]];
    }

    // What is left after the last cut keeps the white space at its far end.
    private static List<object?> SplitAtBlanks(string text, int count, bool fromEnd)
    {
        var words = new List<object?>();
        int step = fromEnd ? -1 : 1;
        for (int at = Skip(text, fromEnd ? text.Length - 1 : 0, step, blank: true); Inside(text, at);
            at = Skip(text, at, step, blank: true))
        {
            int end = words.Count + 1 == count ? (fromEnd ? -1 : text.Length) : Skip(text, at, step, blank: false);
            words.Add(fromEnd ? text[(end + 1)..(at + 1)] : text[at..end]);
            at = end;
        }

        if (fromEnd)
            words.Reverse();
        return words;
    }

    private static int Skip(string text, int at, int step, bool blank)
    {
        while (Inside(text, at) && TextRules.IsBlank(text[at]) == blank)
            at += step;
        return at;
    }

    private static bool Inside(string text, int at) => at >= 0 && at < text.Length;

    private static Row Parted(string text, string separator, int at, int whole) => at >= 0
        ? new Row([text[..at], separator, text[(at + separator.Length)..]])
        : new Row(whole == 0 ? [text, "", ""] : ["", "", text]);

    private static string Padded(string text, Arguments arguments, Func<int, char, string> pad, Budget budget)
    {
        long width = Value.Whole(arguments.Required(0, "width"));
        budget.Size(width);
        string filler = arguments.Text(1, "fillchar", " ");
        return width <= text.Length ? text
            : filler.Length == 1 ? pad((int)width, filler[0])
            : throw new TemplateFault("a text is filled up with more or less than one letter");
    }

    internal static string Centered(string text, long width, Budget budget)
    {
        budget.Size(width);
        long space = Math.Max(0, width - text.Length);
        long left = (space / 2) + (space & width & 1);
        return text.PadLeft((int)left + text.Length).PadRight((int)Math.Max(width, 0));
    }
}

/// <summary>Methods of dictionaries that change nothing.</summary>
internal static class TableMethods
{
    public static Func<Arguments, object?>? Find(Table table, string name) => name switch
    {
        "items" => _ => Items(table),
        "keys" => _ => new List<object?>(table.Keys),
        "values" => _ => new List<object?>(table.Values),
        "copy" => _ => table,
        "get" => a => a.Required(0, "key") is string or long or bool
            && table.TryGetValue(a.At(0, "key")!, out object? value) ? value : a.At(1, "default"),
        "update" or "pop" or "popitem" or "clear" or "setdefault" =>
            throw new TemplateFault($"'{name}' would change a dictionary, which a template may not"),
        _ => null,
    };

    /// <summary>Pairs of key and value.</summary>
    public static List<object?> Items(Table table) =>
        [.. table.Select(entry => (object?)new Row([entry.Key, entry.Value]))];
}
