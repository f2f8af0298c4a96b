namespace Vlm.Text.Jinja;

/// <summary>Filters that go through the items of a list.</summary>
internal static class ListFilters
{
    public static object? End(List<object?> items, System.Index place) =>
        items.Count == 0 ? new Undefined("an empty list has no such item") : items[place];

    public static string Join(List<object?> items, Arguments arguments, Budget budget)
    {
        object? path = arguments.At(1, "attribute");
        string separator = Value.Text(arguments.At(0, "d", ""), budget);
        string Text(object? item) => Value.Text(path is null ? item : Access.Path(item, path, budget), budget);
        List<object?> texts = [.. items.Select(Text)];
        return TextMethods.Join(separator, texts, budget);
    }

    /// <summary><c>map('filter', ...)</c>, or <c>map(attribute='path', default=...)</c>.</summary>
    public static object? Map(Evaluator evaluator, object? value, Arguments arguments)
    {
        List<object?> items = Value.Items(value, evaluator.Budget);
        return new LazyItems(arguments.Named.TryGetValue("attribute", out object? path)
            ? items.Select(item => Found(item, path, arguments, evaluator.Budget))
            : items.Select(item =>
            {
                evaluator.Budget.Step();
                return Filters.Apply(arguments.Text(0, "name"), evaluator, item, arguments.Skip(1));
            }));
    }

    /// <summary>select, reject, selectattr and rejectattr: by a test's name and arguments, else by truth.</summary>
    public static object? Choose(Evaluator evaluator, object? value, Arguments arguments, bool byAttribute, bool keep)
    {
        int taken = byAttribute ? 1 : 0;
        object? path = byAttribute ? arguments.Required(0, "attribute") : null;
        Arguments rest = arguments.Skip(taken + 1);
        bool Passes(object? item)
        {
            evaluator.Budget.Step();
            object? asked = byAttribute ? Access.Path(item, path, evaluator.Budget) : item;
            return arguments.Has(taken, "test")
                ? ValueTests.Holds(arguments.Text(taken, "test"), evaluator, asked, rest)
                : Value.Truth(asked);
        }

        return new LazyItems(Value.Items(value, evaluator.Budget).Where(item => Passes(item) == keep));
    }

    public static object Reverse(object? value, Budget budget)
    {
        List<object?> items = [.. Value.Items(value, budget)];
        items.Reverse();
        return value is string ? string.Concat(items) : new LazyItems(items);
    }

    /// <summary>sort(reverse=false, case_sensitive=false, attribute=none); equal items keep their order.</summary>
    public static List<object?> Sort(List<object?> items, Arguments arguments, Budget budget)
    {
        bool exact = Value.Truth(arguments.At(1, "case_sensitive"));
        object? path = arguments.At(2, "attribute");
        Comparer<object?> order = Order(exact, Value.Truth(arguments.At(0, "reverse")), budget);
        return [.. items.OrderBy(item => path is null ? item : Access.Path(item, path, budget), order)];
    }

    /// <summary><c>dictsort(case_sensitive=false, by='key', reverse=false)</c>: pairs of key and value.</summary>
    public static List<object?> SortTable(object? value, Arguments arguments, Budget budget)
    {
        if (value is not Table table)
            throw new TemplateFault($"a {Value.TypeName(value)} has no entries to sort");
        bool byValue = arguments.At(1, "by", "key") is "value";
        bool exact = Value.Truth(arguments.At(0, "case_sensitive"));
        Comparer<object?> order = Order(exact, Value.Truth(arguments.At(2, "reverse")), budget);
        return [.. TableMethods.Items(table).OrderBy(pair => ((List<object?>)pair!)[byValue ? 1 : 0], order)];
    }

    /// <summary><c>unique(case_sensitive=false, attribute=none)</c>: the first of each.</summary>
    public static LazyItems Unique(List<object?> items, Arguments arguments, Budget budget)
    {
        bool exact = Value.Truth(arguments.At(0, "case_sensitive"));
        object? path = arguments.At(1, "attribute");
        var seen = new List<object?>();
        bool IsNew(object? item)
        {
            object? key = Folded(path is null ? item : Access.Path(item, path, budget), exact);
            if (seen.Any(other => Operators.Same(other, key, budget)))
                return false;
            seen.Add(key);
            return true;
        }

        return new LazyItems(items.Where(IsNew));
    }

    /// <summary>The least (place 0) or greatest (^1) item.</summary>
    public static object? Extreme(List<object?> items, Arguments arguments, Budget budget, System.Index place)
    {
        var named = new Dictionary<string, object?>
        {
            ["case_sensitive"] = arguments.At(0, "case_sensitive"),
            ["attribute"] = arguments.At(1, "attribute"),
        };
        return End(Sort(items, new Arguments([], named), budget), place);
    }

    public static object? Sum(List<object?> items, Arguments arguments, Budget budget)
    {
        object? path = arguments.At(0, "attribute");
        object? total = arguments.At(1, "start", 0L);
        foreach (object? item in items)
            total = Operators.Binary("+", total, path is null ? item : Access.Path(item, path, budget), budget);
        return total;
    }

    /// <summary>Lists of so many items; the last is filled up where a filler is given.</summary>
    public static List<object?> Batch(List<object?> items, long size, Arguments arguments)
    {
        if (size is < 1 or > 10_000)
            throw new TemplateFault("a batch has 1 to 10,000 items");
        List<object?> batches = [.. items.Chunk((int)size).Select(batch => (object?)batch.ToList())];
        if (arguments.At(1, "fill_with") is { } filler && batches is [.., List<object?> last])
            last.AddRange(Enumerable.Repeat(filler, (int)size - last.Count));
        return batches;
    }

    /// <summary>Tables of <c>grouper</c> and <c>list</c>, sorted by the attribute they have in common.</summary>
    public static List<object?> Group(List<object?> items, Arguments arguments, Budget budget)
    {
        object? path = arguments.Required(0, "attribute");
        var groups = new List<object?>();
        object? Key(object? item) => Found(item, path, arguments, budget);
        foreach (object? item in items.OrderBy(Key, Order(exact: false, reverse: false, budget)))
        {
            if (groups is not [.., Table { } last] || !Operators.Same(last["grouper"], Key(item), budget))
                groups.Add(last = new Table { ["grouper"] = Key(item), ["list"] = new List<object?>() });
            ((List<object?>)last["list"]!).Add(item);
        }

        return groups;
    }

    private static object? Found(object? item, object? path, Arguments arguments, Budget budget) =>
        Access.Path(item, path, budget) is var found && found is Undefined && arguments.Has(-1, "default")
            ? arguments.At(-1, "default")
            : found;

    private static object? Folded(object? value, bool exact) =>
        value is string text && !exact ? text.ToLowerInvariant() : value;

    private static Comparer<object?> Order(bool exact, bool reverse, Budget budget) => Comparer<object?>.Create(
        (a, b) => (reverse ? -1 : 1) * Math.Sign(Operators.Order(Folded(a, exact), Folded(b, exact), budget)));
}
