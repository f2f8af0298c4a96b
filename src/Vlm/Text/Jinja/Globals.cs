using System.Globalization;

namespace Vlm.Text.Jinja;

/// <summary>The functions that a template finds: those of Jinja, and the two that transformers adds.</summary>
internal static class Globals
{
    public static void AddTo(Scope scope, Budget budget, TimeProvider clock)
    {
        Add(scope, "range", arguments => Range(arguments, budget));
        Add(scope, "namespace", Namespace);
        Add(scope, "dict", Dictionary);
        Add(scope, "raise_exception", arguments => throw new TemplateFault(
            $"it refuses these messages: {Value.Text(arguments.At(0, "message", ""), budget)}"));
        Add(scope, "strftime_now", arguments => Clock(arguments.Text(0, "format"), clock.GetLocalNow()));
    }

    private static void Add(Scope scope, string name, Func<Arguments, object?> body) =>
        scope.Set(name, new Function(name, body));

    private static List<object?> Range(Arguments arguments, Budget budget)
    {
        bool one = arguments.Positional.Count == 1;
        long from = one ? 0 : arguments.Whole(0, "start", 0), to = arguments.Whole(one ? 0 : 1, "stop", 0);
        long step = arguments.Whole(2, "step", 1);
        if (step == 0)
            throw new TemplateFault("a range has a step of 0");

        decimal count = Math.Max(0, Math.Ceiling(((decimal)to - from) / step));
        budget.Size(count > Budget.MaxSize ? long.MaxValue : (long)count);
        return [.. Enumerable.Range(0, (int)count).Select(i => (object?)(from + (i * step)))];
    }

    private static Space Namespace(Arguments arguments)
    {
        var space = new Space();
        foreach (Table table in arguments.Positional.OfType<Table>())
            foreach (var (key, value) in table)
                space.Set(key.ToString()!, value);
        foreach (var (name, value) in arguments.Named)
            space.Set(name, value);
        return space;
    }

    private static Table Dictionary(Arguments arguments)
    {
        var result = new Table();
        foreach (Table table in arguments.Positional.OfType<Table>())
            foreach (var (key, value) in table)
                result[key] = value;
        foreach (var (name, value) in arguments.Named)
            result[name] = value;
        return result;
    }

    // Python's strftime with English names, which is what the C locale has.
    private static string Clock(string format, DateTimeOffset now)
    {
        var result = new System.Text.StringBuilder();
        for (int i = 0; i < format.Length; i++)
            result.Append(format[i] == '%' && i + 1 < format.Length ? Part(format[++i], now) : format[i].ToString());
        return result.ToString();
    }

    private static string Part(char letter, DateTimeOffset now) => letter switch
    {
        '%' => "%",
        'F' => Clock("%Y-%m-%d", now),
        'T' => Clock("%H:%M:%S", now),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        _ => now.ToString(Pattern(letter), CultureInfo.InvariantCulture),
    };

    private static string Pattern(char letter) => letter switch
    {
        'd' => "dd",
        'm' => "MM",
        'y' => "yy",
        'Y' => "yyyy",
        'B' => "MMMM",
        'b' => "MMM",
        'A' => "dddd",
        'a' => "ddd",
        'H' => "HH",
        'I' => "hh",
        'M' => "mm",
        'S' => "ss",
        'p' => "tt",
        _ => throw new TemplateFault($"the form %{letter} of a time is not known here"),
    };
}
