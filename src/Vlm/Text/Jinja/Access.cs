namespace Vlm.Text.Jinja;

/// <summary>What <c>a.b</c>, <c>a[b]</c> and <c>a[b:c:d]</c> mean.</summary>
internal static class Access
{
    /// <summary><c>target.name</c>: a method or attribute, else a dictionary's entry, else undefined.</summary>
    public static object? Member(object? target, string name, Budget budget)
    {
        Refuse(target);
        return Attribute(target, name, budget, out object? attribute) ? attribute
            : target is Table table && table.TryGetValue(name, out object? value) ? value
            : Absent(target, name);
    }

    /// <summary><c>target[key]</c>: a dictionary's entry or a list's item, else an attribute, else undefined.</summary>
    public static object? Entry(object? target, object? key, Budget budget)
    {
        Refuse(target);
        if (target is Table table && key is string or long or bool && table.TryGetValue(key, out object? value))
            return value;
        if (target is string or List<object?> && Value.Number(key) is long place)
            return Item(target, place, budget);
        return key is string name && Attribute(target, name, budget, out object? attribute)
            ? attribute
            : Absent(target, Value.Text(key, budget));
    }

    /// <summary>A path as filters take it, "function.name" or 0; undefined where a part is missing.</summary>
    public static object? Path(object? target, object? path, Budget budget)
    {
        if (path is not string text)
            return Entry(target, path, budget);
        foreach (string part in text.Split('.'))
            target = target is Undefined ? target
                : Entry(target, long.TryParse(part, out long place) ? place : part, budget);
        return target;
    }

    public static object Slice(object? target, long? start, long? stop, long step, Budget budget)
    {
        Refuse(target);
        if (step == 0)
            throw new TemplateFault("a slice has a step of 0");
        List<object?> items = target is string or List<object?>
            ? Value.Items(target, budget)
            : throw new TemplateFault($"a {Value.TypeName(target)} cannot be sliced");
        budget.Size(3L * items.Count);
        var chosen = new List<object?>();
        long first = Bound(start, step < 0 ? items.Count - 1 : 0, items.Count, step);
        long last = Bound(stop, step < 0 ? -1 : items.Count, items.Count, step);
        for (long at = first; step > 0 ? at < last : at > last; at += step)
            chosen.Add(items[(int)at]);
        return target is string ? string.Concat(chosen) : chosen;
    }

    private static long Bound(long? given, long otherwise, int count, long step)
    {
        if (given is not { } value)
            return otherwise;
        if (value < 0)
            value += count;
        return step < 0 ? Math.Clamp(value, -1, count - 1) : Math.Clamp(value, 0, count);
    }

    private static object? Item(object target, long place, Budget budget)
    {
        List<object?> items = target as List<object?> ?? Value.Items(target, budget);
        long at = place < 0 ? place + items.Count : place;
        return at >= 0 && at < items.Count ? items[(int)at] : Absent(target, $"item {place}");
    }

    private static bool Attribute(object? target, string name, Budget budget, out object? value)
    {
        if (target is IAttributes attributes)
            return attributes.TryAttribute(name, out value);
        Func<Arguments, object?>? method = target switch
        {
            string text => TextMethods.Find(text, name, budget),
            Table table => TableMethods.Find(table, name),
            List<object?> list => ListMethod(list, name, budget),
            _ => null,
        };
        value = method is null ? null : new Function(name, method);
        return method is not null;
    }

    private static Func<Arguments, object?>? ListMethod(List<object?> list, string name, Budget budget) => name switch
    {
        "index" => a => (long)list.FindIndex(item => Operators.Same(item, a.Required(0, "value"), budget)),
        "count" => a => (long)list.Count(item => Operators.Same(item, a.Required(0, "value"), budget)),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "sort" or "reverse" =>
            throw new TemplateFault($"'{name}' would change a list, which a template may not"),
        _ => null,
    };

    private static void Refuse(object? target)
    {
        if (target is Undefined undefined)
            throw new TemplateFault(undefined.Reason);
    }

    private static Undefined Absent(object? target, string name) => new($"a {Value.TypeName(target)} has no '{name}'");
}
