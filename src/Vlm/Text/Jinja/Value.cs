using System.Globalization;
using System.Text;

namespace Vlm.Text.Jinja;

/// <summary>Python's rules for single values: truth, text, kind, items.</summary>
internal static class Value
{
    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        LazyItems => true,
        List<object?> list => list.Count > 0,
        Table table => table.Count > 0,
        _ => true,
    };

    /// <summary>Python's word for the kind of a value.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "None",
        Undefined => "Undefined",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        LazyItems => "generator",
        Row => "tuple",
        List<object?> => "list",
        Table => "dict",
        Space => "namespace",
        Function => "function",
        _ => "loop",
    };

    /// <summary>As it is written into the output.</summary>
    public static string Text(object? value, Budget budget)
    {
        if (value is string text)
            return text;
        if (value is Undefined)
            return "";
        var result = new StringBuilder();
        Write(value, result, budget);
        return result.ToString();
    }

    /// <summary>What a loop over it gives.</summary>
    public static List<object?> Items(object? value, Budget budget)
    {
        List<object?> items = value switch
        {
            List<object?> list => list,
            Table table => [.. table.Keys],
            string text => Letters(text, budget),
            Undefined => [],
            _ => throw new TemplateFault($"a {TypeName(value)} has no items to go through"),
        };
        budget.Size(items.Count);
        return items;
    }

    public static object? Number(object? value) => value is bool flag ? (flag ? 1L : 0L) : value;

    /// <summary>A whole number, for places and counts.</summary>
    public static long Whole(object? value) => Number(value) is long number
        ? number
        : throw new TemplateFault($"a whole number is expected, not a {TypeName(value)}");

    /// <summary>A number's text as Python writes it.</summary>
    public static string? Simple(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => TextRules.Number(number),
        _ => null,
    };

    private static List<object?> Letters(string text, Budget budget)
    {
        budget.Size(10L * text.Length);   // each becomes a text of its own
        return TextRules.Letters(text);
    }

    private static void Write(object? value, StringBuilder into, Budget budget)
    {
        budget.Enter();
        budget.Size(1);
        if (value is string text)
            Quote(text, into, budget);
        else if (value is Row row)
            WriteAll("(", row, item => Write(item, into, budget), row.Count == 1 ? ",)" : ")", into);
        else if (value is List<object?> list)
            WriteAll("[", list, item => Write(item, into, budget), "]", into);
        else if (value is Table table)
            WriteAll("{", table, entry => WriteEntry(entry, into, budget), "}", into);
        else
            into.Append(Simple(value) ?? (value is Undefined ? "Undefined" : $"<{TypeName(value)}>"));
        budget.Leave();
    }

    private static void WriteAll<T>(
        string open, IEnumerable<T> items, Action<T> write, string close, StringBuilder into)
    {
        into.Append(open);
        bool first = true;
        foreach (T item in items)
        {
            into.Append(first ? "" : ", ");
            write(item);
            first = false;
        }

        into.Append(close);
    }

    private static void WriteEntry(KeyValuePair<object, object?> entry, StringBuilder into, Budget budget)
    {
        Write(entry.Key, into, budget);
        into.Append(": ");
        Write(entry.Value, into, budget);
    }

    // Python's repr: single quotes, unless that needs escapes which double quotes do not.
    private static void Quote(string text, StringBuilder into, Budget budget)
    {
        budget.Size(text.Length);
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        into.Append(quote);
        foreach (char letter in text)
            into.Append(letter == quote || letter == '\\' ? $"\\{letter}" : Escaped(letter));
        into.Append(quote);
    }

    private static string Escaped(char letter) => letter switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' or (>= '\x7f' and <= '\xa0') or '\xad' =>
            string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
        _ => letter.ToString(),
    };
}
