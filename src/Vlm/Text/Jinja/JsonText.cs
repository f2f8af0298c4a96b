using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Text.Jinja;

/// <summary>JSON to values, and values to JSON as Python's json.dumps(ensure_ascii=False) writes it.</summary>
internal sealed class JsonText
{
    private readonly StringBuilder _text = new();
    private readonly Budget _budget;
    private readonly Arguments _options;
    private readonly string? _indent;
    private readonly string _comma;
    private readonly string _colon;

    private JsonText(Arguments options, Budget budget)
    {
        (_budget, _options) = (budget, options);
        _indent = options.At(0, "indent") switch
        {
            null => null,
            string text => text,
            var number => new string(' ', (int)Math.Clamp(Value.Whole(number), 0, 100)),
        };
        var separators = options.At(-1, "separators") as List<object?>;
        _comma = separators is [string comma, _] ? comma : _indent is null ? ", " : ",";
        _colon = separators is [_, string colon] ? colon : ": ";
    }

    /// <summary>The filter tojson, with indent, separators, sort_keys and ensure_ascii.</summary>
    public static string Write(object? value, Arguments options, Budget budget)
    {
        var json = new JsonText(options, budget);
        json.Write(value, "\n");
        return json._text.ToString();
    }

    /// <summary>A value of the same content; whole numbers stay whole.</summary>
    public static object? Read(JsonNode? node) => node switch
    {
        JsonArray array => array.Select(Read).ToList(),
        JsonObject table => ReadTable(table),
        JsonValue value => ReadSimple(JsonSerializer.SerializeToElement(value)),
        _ => null,
    };

    private static Table ReadTable(JsonObject json)
    {
        var table = new Table();
        foreach (var (key, value) in json)
            table[key] = Read(value);
        return table;
    }

    private static object? ReadSimple(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out long whole) ? (object)whole : json.GetDouble(),
        _ => null,
    };

    private void Write(object? value, string line)
    {
        _budget.Enter();
        _budget.Size(1);
        switch (value)
        {
            case string text: Quote(text); break;
            case List<object?> list: WriteAll('[', list, ']', line, Write); break;
            case Table table: WriteAll('{', Entries(table), '}', line, WriteEntry); break;
            default: _text.Append(Simple(value)); break;
        }

        _budget.Leave();
    }

    private IEnumerable<KeyValuePair<object, object?>> Entries(Table table) => Value.Truth(_options.At(-1, "sort_keys"))
        ? table.OrderBy(entry => Value.Text(entry.Key, _budget), StringComparer.Ordinal)
        : table;

    private void WriteEntry(KeyValuePair<object, object?> entry, string line)
    {
        Quote(entry.Key is string text ? text : Simple(entry.Key));
        _text.Append(_colon);
        Write(entry.Value, line);
    }

    private void WriteAll<T>(char open, IEnumerable<T> items, char close, string line, Action<T, string> write)
    {
        string inner = line + _indent;
        _text.Append(open);
        int count = 0;
        foreach (T item in items)
        {
            _text.Append(count++ > 0 ? _comma : "");
            NewLine(inner);
            write(item, inner);
        }

        if (count > 0)
            NewLine(line);
        _text.Append(close);
    }

    private void NewLine(string line)
    {
        if (_indent is null)
            return;
        _budget.Size(line.Length);
        _text.Append(line);
    }

    private static string Simple(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number when !double.IsFinite(number) =>
            double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        _ => Value.Simple(value) ?? throw new TemplateFault($"a {Value.TypeName(value)} has no form in JSON"),
    };

    private void Quote(string text)
    {
        _budget.Size(text.Length);
        bool ascii = Value.Truth(_options.At(-1, "ensure_ascii"));
        _text.Append('"');
        foreach (char letter in text)
            _text.Append(Escaped(letter, ascii));
        _text.Append('"');
    }

    private static string Escaped(char letter, bool ascii) => letter switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ when letter < ' ' || (ascii && letter > '~') =>
            string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
        _ => letter.ToString(),
    };
}
