namespace Vlm.Text.Jinja;

/// <summary>Expressions to values, within a budget.</summary>
internal sealed class Evaluator(Budget budget)
{
    public Budget Budget => budget;

    /// <summary>The line of what is being evaluated, for messages.</summary>
    public int Line { get; set; }

    public object? Evaluate(Node node, Scope scope)
    {
        budget.Enter();
        Line = node.Line;
        object? value = Dispatch(node, scope);
        Line = node.Line;
        budget.Leave();
        return value;
    }

    public bool Holds(Node node, Scope scope) => Value.Truth(Evaluate(node, scope));

    /// <summary>A filter chain on a value: what stands before its first filter.</summary>
    public object? Filter(Filtered filter, object? value, Scope scope)
    {
        budget.Enter();
        if (filter.Target is Filtered inner)
            value = Filter(inner, value, scope);
        budget.Leave();
        return Filters.Apply(filter.Name, this, value, Values(filter.Arguments, scope));
    }

    public static object? Invoke(object? target, Arguments arguments) => target switch
    {
        Function function => function.Body(arguments),
        Loop loop => loop.Again(arguments),
        Undefined undefined => throw new TemplateFault(undefined.Reason),
        _ => throw new TemplateFault($"a {Value.TypeName(target)} cannot be called"),
    };

    public Arguments Values(ArgumentNodes nodes, Scope scope)
    {
        if (nodes.Positional.Count + nodes.Named.Count == 0)
            return Arguments.None;
        var named = new Dictionary<string, object?>(nodes.Named.Count);
        List<object?> positional = [.. nodes.Positional.Select(node => Evaluate(node, scope))];
        foreach (var (name, node) in nodes.Named)
            named[name] = Evaluate(node, scope);
        return new Arguments(positional, named);
    }

    private object? Dispatch(Node node, Scope scope) => node switch
    {
        Literal literal => literal.Value,
        Variable variable => scope.Find(variable.Name),
        ListOf list => List(list, scope),
        TableOf table => Table(table, scope),
        Member member => Access.Member(Evaluate(member.Target, scope), member.Name, budget),
        Index index => Access.Entry(Evaluate(index.Target, scope), Evaluate(index.Key, scope), budget),
        Slice slice => Sliced(slice, scope),
        Call call => Called(call, scope),
        Filtered filtered => Filter(filtered, scope),
        Tested test => ValueTests.Holds(
            test.Name, this, Evaluate(test.Target, scope), Values(test.Arguments, scope)),
        Unary unary => Signed(unary, scope),
        Binary binary => Combined(binary, scope),
        Logic logic => Decided(logic, scope),
        Comparison comparison => Compared(comparison, scope),
        Conditional choice => Chosen(choice, scope),
        _ => throw new TemplateFault("an expression of no known kind"),
    };

    private List<object?> List(ListOf node, Scope scope)
    {
        budget.Size(node.Items.Count);
        IEnumerable<object?> items = node.Items.Select(item => Evaluate(item, scope));
        return node.IsTuple ? new Row(items) : [.. items];
    }

    private Table Table(TableOf node, Scope scope)
    {
        budget.Size(node.Entries.Count);
        var table = new Table();
        foreach (var (key, value) in node.Entries)
            table[Key(Evaluate(key, scope))] = Evaluate(value, scope);
        return table;
    }

    private static object Key(object? value) => value is string or long or bool
        ? value
        : throw new TemplateFault($"a {Value.TypeName(value)} cannot be a dictionary's key");

    private object Sliced(Slice node, Scope scope)
    {
        object? target = Evaluate(node.Target, scope);
        long? At(Node? bound) => bound is null || Evaluate(bound, scope) is not { } value ? null : Value.Whole(value);
        return Access.Slice(target, At(node.Start), At(node.Stop), At(node.Step) ?? 1, budget);
    }

    private object? Called(Call node, Scope scope)
    {
        object? target = Evaluate(node.Target, scope);
        Arguments arguments = Values(node.Arguments, scope);
        Line = node.Line;
        return Invoke(target, arguments);
    }

    private object? Filter(Filtered node, Scope scope)
    {
        object? value = node.Target is null ? null : Evaluate(node.Target, scope);
        Arguments arguments = Values(node.Arguments, scope);
        Line = node.Line;
        return Filters.Apply(node.Name, this, value, arguments);
    }

    private object Signed(Unary node, Scope scope)
    {
        object? value = Evaluate(node.Target, scope);
        return node.Operator switch
        {
            "not" => !Value.Truth(value),
            "-" => Operators.Negative(value),
            _ => Value.Number(value) is long or double ? Value.Number(value)!
                : throw new TemplateFault($"'+' does not work on a {Value.TypeName(value)}"),
        };
    }

    private object? Combined(Binary node, Scope scope)
    {
        object? left = Evaluate(node.Left, scope), right = Evaluate(node.Right, scope);
        Line = node.Line;
        return Operators.Binary(node.Operator, left, right, budget);
    }

    private object? Decided(Logic node, Scope scope)
    {
        object? left = Evaluate(node.Left, scope);
        return Value.Truth(left) == (node.Operator == "or") ? left : Evaluate(node.Right, scope);
    }

    private bool Compared(Comparison node, Scope scope)
    {
        object? left = Evaluate(node.First, scope);
        foreach (var (symbol, right) in node.Rest)
        {
            object? value = Evaluate(right, scope);
            if (!Operators.Compare(symbol, left, value, budget))
                return false;
            left = value;
        }

        return true;
    }

    private object? Chosen(Conditional node, Scope scope) =>
        Holds(node.Condition, scope) ? Evaluate(node.Then, scope)
        : node.Otherwise is null ? new Undefined("a choice without an else chose nothing")
        : Evaluate(node.Otherwise, scope);
}
