namespace Vlm.Text.Jinja;

/// <summary>The variable <c>loop</c> inside a for.</summary>
internal sealed class Loop(
    List<object?> items, int depth, Func<List<object?>, string>? recurse, Budget budget) : IAttributes
{
    private object? _lastChecked;

    /// <summary>The place of the current item, from 0.</summary>
    public int At { get; set; }

    public int Depth => depth;

    /// <summary>The same loop over other items, for a loop that is recursive.</summary>
    public string Again(Arguments arguments) => recurse is null
        ? throw new TemplateFault("a loop that is not recursive is called")
        : recurse(Value.Items(arguments.Required(0, "items"), budget));

    public bool TryAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => At + 1L,
            "index0" => (long)At,
            "revindex" => (long)(items.Count - At),
            "revindex0" => items.Count - At - 1L,
            "first" => At == 0,
            "last" => At == items.Count - 1,
            "length" => (long)items.Count,
            "depth" => depth + 1L,
            "depth0" => (long)depth,
            "previtem" => At > 0 ? items[At - 1] : new Undefined("there is no previous item"),
            "nextitem" => At + 1 < items.Count ? items[At + 1] : new Undefined("there is no next item"),
            "cycle" => new Function(name, Cycle),
            "changed" => new Function(name, arguments => Changed(arguments)),
            _ => null,
        };
        return value is not null || name is "previtem" or "nextitem";
    }

    private object? Cycle(Arguments arguments) => arguments.Positional.Count == 0
        ? throw new TemplateFault("cycle has nothing to choose from")
        : arguments.Positional[At % arguments.Positional.Count];

    private bool Changed(Arguments arguments)
    {
        List<object?> now = [.. arguments.Positional];
        bool changed = _lastChecked is null || !Operators.Same(_lastChecked, now, budget);
        _lastChecked = now;
        return changed;
    }
}
