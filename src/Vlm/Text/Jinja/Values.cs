namespace Vlm.Text.Jinja;

// A value is null (Python's None), Undefined, bool, long, double, string, List<object?>, Table, or one of the objects
// below that have attributes. Lists and tables are never changed after they are made, so none contains itself.

/// <summary>What an unknown name stands for: nothing when written, false when asked, else an error.</summary>
internal sealed record Undefined(string Reason);

/// <summary>A dictionary that keeps its order; keys are texts, whole numbers, or true and false.</summary>
internal sealed class Table : OrderedDictionary<object, object?>;

/// <summary>What map, select and their like give: Python's generators, which are true even when empty.</summary>
internal sealed class LazyItems(IEnumerable<object?> items) : List<object?>(items);

/// <summary>Python's tuples, which differ from lists in how they are written.</summary>
internal sealed class Row(IEnumerable<object?> items) : List<object?>(items);

/// <summary>A value with attributes.</summary>
internal interface IAttributes
{
    /// <summary>The attribute; false where there is none of that name.</summary>
    bool TryAttribute(string name, out object? value);
}

/// <summary>What <c>namespace()</c> makes: the one thing that <c>set</c> changes from inside a loop.</summary>
internal sealed class Space : IAttributes
{
    private readonly Dictionary<string, object?> _values = [];

    public void Set(string name, object? value) => _values[name] = value;

    public bool TryAttribute(string name, out object? value) => _values.TryGetValue(name, out value);
}

/// <summary>Something that can be called: a macro, a method with its object, a built-in function.</summary>
internal sealed record Function(string Name, Func<Arguments, object?> Body);

/// <summary>The values that a call, a filter or a test is given.</summary>
internal sealed record Arguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    private static readonly Dictionary<string, object?> NoNames = [];

    public static Arguments None { get; } = new([], NoNames);

    public static Arguments Of(params object?[] positional) => new(positional, NoNames);

    /// <summary>An argument by its place (-1: it has only a name) or its name, else the default.</summary>
    public object? At(int place, string name, object? otherwise = null) =>
        place >= 0 && place < Positional.Count ? Positional[place]
        : Named.TryGetValue(name, out object? value) ? value
        : otherwise;

    public bool Has(int place, string name) =>
        (place >= 0 && place < Positional.Count) || Named.ContainsKey(name);

    public object? Required(int place, string name) =>
        Has(place, name) ? At(place, name) : throw new TemplateFault($"the argument '{name}' is missing");

    public long Whole(int place, string name, long otherwise) => At(place, name, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var other => throw new TemplateFault($"the argument '{name}' is a {Value.TypeName(other)}, not a whole number"),
    };

    public string Text(int place, string name, string? otherwise = null) =>
        (Has(place, name) ? At(place, name) : otherwise) switch
        {
            string text => text,
            var other => throw new TemplateFault($"the argument '{name}' is a {Value.TypeName(other)}, not a text"),
        };

    /// <summary>Without the first few.</summary>
    public Arguments Skip(int count) => new([.. Positional.Skip(count)], Named);
}

/// <summary>Names and their values; what is set inside is not seen outside.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _values = [];

    public void Set(string name, object? value) => _values[name] = value;

    public object? Find(string name)
    {
        for (Scope? at = this; at is not null; at = at.Outer)
            if (at._values.TryGetValue(name, out object? value))
                return value;
        return new Undefined($"'{name}' is undefined");
    }

    private Scope? Outer { get; } = outer;
}
