using System.Globalization;

namespace Vlm.Text.Jinja;

/// <summary>What <c>value | name(arguments)</c> does: the filters of texts and numbers, and the list of all.</summary>
internal static class Filters
{
    private delegate object? Filter(Evaluator evaluator, object? value, Arguments arguments);

    private static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["abs"] = (_, value, _) => Absolute(value),
        ["attr"] = (e, value, a) => Access.Member(value, a.Text(0, "name"), e.Budget),
        ["batch"] = (e, value, a) => ListFilters.Batch(Value.Items(value, e.Budget), a.Whole(0, "linecount", 1), a),
        ["capitalize"] = OfText((text, _, _) => TextRules.Capitalized(text)),
        ["center"] = OfText((text, a, budget) => TextMethods.Centered(text, a.Whole(0, "width", 80), budget)),
        ["count"] = (_, value, _) => Length(value),
        ["d"] = (_, value, a) => Default(value, a),
        ["default"] = (_, value, a) => Default(value, a),
        ["dictsort"] = (e, value, a) => ListFilters.SortTable(value, a, e.Budget),
        ["e"] = OfText((text, _, budget) => Escape(text, budget)),
        ["escape"] = OfText((text, _, budget) => Escape(text, budget)),
        ["first"] = (e, value, _) => ListFilters.End(Value.Items(value, e.Budget), 0),
        ["float"] = (_, value, a) => ToDouble(value) ?? a.At(0, "default", 0.0),
        ["format"] = (e, value, a) =>
            Formatting.Percent(Value.Text(value, e.Budget), new Row(a.Positional), e.Budget),
        ["groupby"] = (e, value, a) => ListFilters.Group(Value.Items(value, e.Budget), a, e.Budget),
        ["indent"] = OfText(Indent),
        ["int"] = (_, value, a) => ToWhole(value) ?? a.At(0, "default", 0L),
        ["items"] = (_, value, _) => Items(value),
        ["join"] = (e, value, a) => ListFilters.Join(Value.Items(value, e.Budget), a, e.Budget),
        ["last"] = (e, value, _) => ListFilters.End(Value.Items(value, e.Budget), ^1),
        ["length"] = (_, value, _) => Length(value),
        ["list"] = (e, value, _) => Value.Items(value, e.Budget).ToList(),
        ["lower"] = OfText((text, _, _) => text.ToLowerInvariant()),
        ["map"] = ListFilters.Map,
        ["max"] = (e, value, a) => ListFilters.Extreme(Value.Items(value, e.Budget), a, e.Budget, ^1),
        ["min"] = (e, value, a) => ListFilters.Extreme(Value.Items(value, e.Budget), a, e.Budget, 0),
        ["reject"] = (e, value, a) => ListFilters.Choose(e, value, a, byAttribute: false, keep: false),
        ["rejectattr"] = (e, value, a) => ListFilters.Choose(e, value, a, byAttribute: true, keep: false),
        ["replace"] = OfText((text, a, budget) => TextMethods.Replace(
            text, Value.Text(a.Required(0, "old"), budget), Value.Text(a.Required(1, "new"), budget),
            a.Whole(2, "count", -1), budget)),
        ["reverse"] = (e, value, _) => ListFilters.Reverse(value, e.Budget),
        ["round"] = (_, value, a) => Round(Value.Number(value), a),
        ["safe"] = (e, value, _) => value,
        ["select"] = (e, value, a) => ListFilters.Choose(e, value, a, byAttribute: false, keep: true),
        ["selectattr"] = (e, value, a) => ListFilters.Choose(e, value, a, byAttribute: true, keep: true),
        ["sort"] = (e, value, a) => ListFilters.Sort(Value.Items(value, e.Budget), a, e.Budget),
        ["string"] = (e, value, _) => Value.Text(value, e.Budget),
        ["sum"] = (e, value, a) => ListFilters.Sum(Value.Items(value, e.Budget), a, e.Budget),
        ["title"] = OfText((text, _, _) => TextRules.TitledWords(text)),
        ["tojson"] = (e, value, a) => JsonText.Write(value, a, e.Budget),
        ["trim"] = OfText((text, a, _) => TextRules.Trim(text, a.At(0, "chars") as string, start: true, end: true)),
        ["unique"] = (e, value, a) => ListFilters.Unique(Value.Items(value, e.Budget), a, e.Budget),
        ["upper"] = OfText((text, _, _) => text.ToUpperInvariant()),
        ["wordcount"] = OfText((text, _, _) => (long)TextMethods.Split(text, null, -1).Count),
    };

    public static bool Known(string name) => All.ContainsKey(name);

    public static object? Apply(string name, Evaluator evaluator, object? value, Arguments arguments)
    {
        evaluator.Budget.Size(value is string text ? text.Length : 1);
        return All.TryGetValue(name, out Filter? filter)
            ? filter(evaluator, value, arguments)
            : throw new TemplateFault($"there is no filter '{name}' here");
    }

    // Jinja turns whatever such a filter is given into text first.
    private static Filter OfText(Func<string, Arguments, Budget, object?> body) => (evaluator, value, arguments) =>
    {
        string text = Value.Text(value, evaluator.Budget);
        evaluator.Budget.Size(text.Length);
        return body(text, arguments, evaluator.Budget);
    };

    private static object? Default(object? value, Arguments arguments) =>
        value is Undefined || (Value.Truth(arguments.At(1, "boolean")) && !Value.Truth(value))
            ? arguments.At(0, "default_value", "")
            : value;

    private static object Absolute(object? value) => Value.Number(value) switch
    {
        long number and not long.MinValue => (object)Math.Abs(number),
        var other => Math.Abs(Operators.ToDouble(other)),
    };

    private static long Length(object? value) => value switch
    {
        string text => (long)TextRules.Length(text),
        LazyItems => throw new TemplateFault("a generator has no length; '| list' makes it a list"),
        List<object?> list => (long)list.Count,
        Table table => (long)table.Count,
        Undefined => 0L,
        _ => throw new TemplateFault($"a {Value.TypeName(value)} has no length"),
    };

    private static LazyItems Items(object? value) => value switch
    {
        Table table => new LazyItems(TableMethods.Items(table)),
        Undefined => new LazyItems([]),
        _ => throw new TemplateFault($"a {Value.TypeName(value)} has no items"),
    };

    private static object? ToWhole(object? value) => Value.Number(value) switch
    {
        long number => number,
        double number when Math.Abs(number) < 9e18 => (long)number,
        string text when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long n) => n,
        string text when ToDouble(text) is double number && Math.Abs(number) < 9e18 => (long)number,
        _ => null,
    };

    private static object? ToDouble(object? value) => Value.Number(value) switch
    {
        long number => (double)number,
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) => n,
        _ => null,
    };

    // The common way rounds the exact binary value, as Python does: 42.55 is a little less, so 42.5.
    private static object? Round(object? value, Arguments arguments)
    {
        long digits = Math.Clamp(arguments.Whole(0, "precision", 0), 0, 17);
        string? method = arguments.At(1, "method", "common") as string;
        if (method is "ceil" or "floor")
            return ToNearest(Operators.ToDouble(value) * Math.Pow(10, digits), method) / Math.Pow(10, digits);
        return value is not double number ? value
            : digits == 0 ? Math.Round(number, MidpointRounding.ToEven)
            : ToDouble(number.ToString($"F{digits}", CultureInfo.InvariantCulture));
    }

    private static double ToNearest(double value, string method) =>
        method == "ceil" ? Math.Ceiling(value) : Math.Floor(value);

    // Every line but the first is moved in, and blank ones only if asked for.
    private static string Indent(string text, Arguments arguments, Budget budget)
    {
        string space = arguments.At(0, "width", 4L) is string given ? given
            : new string(' ', (int)Math.Clamp(arguments.Whole(0, "width", 4), 0, 1000));
        bool first = Value.Truth(arguments.At(1, "first")), blank = Value.Truth(arguments.At(2, "blank"));
        List<object?> lines = TextMethods.Lines(text + "\n");
        budget.Size((long)space.Length * lines.Count);
        IEnumerable<string> moved = lines.Cast<string>().Select((line, i) =>
            (i == 0 ? first : blank || line.Length > 0) ? space + line : line);
        return string.Join('\n', moved);
    }

    private static string Escape(string text, Budget budget)
    {
        budget.Size(text.Length * 5L);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);
    }
}
