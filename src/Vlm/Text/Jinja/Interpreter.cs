using System.Text;

namespace Vlm.Text.Jinja;

/// <summary>Runs statements. What they write goes into a text; what they remember, into a scope.</summary>
internal sealed class Interpreter(Evaluator evaluator)
{
    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>All a template writes.</summary>
    public string Render(Body body, Scope scope)
    {
        var output = new StringBuilder();
        Run(body, scope, output);
        return output.ToString();
    }

    private Flow Run(Body body, Scope scope, StringBuilder output)
    {
        foreach (Statement statement in body.Statements)
        {
            evaluator.Budget.Enter();
            evaluator.Line = statement.Line;
            Flow flow = Run(statement, scope, output);
            evaluator.Budget.Leave();
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    private Flow Run(Statement statement, Scope scope, StringBuilder output)
    {
        switch (statement)
        {
            case Literally text: Write(text.Text, output); break;
            case Output shown: Show(evaluator.Evaluate(shown.Value, scope), output); break;
            case If choice: return RunIf(choice, scope, output);
            case For loop: RunFor(loop, scope, output); break;
            case Group group: return Run(group.Body, scope, output);
            case With with: return RunWith(with, scope, output);
            case FilterBlock block: Write(Filtered(block.Filter, block.Body, scope), output); break;
            case CallBlock block: Write(Called(block, scope), output); break;
            case Break: return Flow.Break;
            case Continue: return Flow.Continue;
            default: Remember(statement, scope); break;
        }

        return Flow.Next;
    }

    private void Remember(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Set set: Bind(set.Names, evaluator.Evaluate(set.Value, scope), scope); break;
            case SetMember set: RunSetMember(set, scope); break;
            case SetBlock set: scope.Set(set.Name, Filtered(set.Filter, set.Body, scope)); break;
            case MacroStatement macro: scope.Set(macro.Name, Function(macro, scope)); break;
            default: throw new TemplateFault("a statement of no known kind", statement.Line);
        }
    }

    private void Show(object? value, StringBuilder output) => Write(Value.Text(value, evaluator.Budget), output);

    private void Write(string text, StringBuilder output)
    {
        evaluator.Budget.Size(text.Length);
        output.Append(text);
    }

    private Flow RunIf(If node, Scope scope, StringBuilder output)
    {
        foreach (var (condition, body) in node.Branches)
            if (evaluator.Holds(condition, scope))
                return Run(body, scope, output);
        return node.Otherwise is null ? Flow.Next : Run(node.Otherwise, scope, output);
    }

    private void RunFor(For node, Scope scope, StringBuilder output) => RunFor(
        node, Value.Items(evaluator.Evaluate(node.Items, scope), evaluator.Budget), scope, output, depth: 0);

    private void RunFor(For node, List<object?> all, Scope scope, StringBuilder output, int depth)
    {
        List<object?> items = node.Condition is null ? all : [.. all.Where(item => Passes(node, item, scope))];
        if (items.Count == 0 && node.Otherwise is not null)
            Run(node.Otherwise, new Scope(scope), output);

        var loop = new Loop(items, depth, node.Recursive ? Again : null, evaluator.Budget);
        for (int i = 0; i < items.Count; i++)
        {
            loop.At = i;
            var inner = new Scope(scope);
            inner.Set("loop", loop);
            evaluator.Budget.Step();
            Bind(node.Names, items[i], inner);
            if (Run(node.Body, inner, output) == Flow.Break)
                break;
        }

        string Again(List<object?> others)
        {
            var written = new StringBuilder();
            evaluator.Budget.Enter();
            RunFor(node, others, scope, written, depth + 1);
            evaluator.Budget.Leave();
            return written.ToString();
        }
    }

    private bool Passes(For node, object? item, Scope scope)
    {
        var inner = new Scope(scope);
        Bind(node.Names, item, inner);
        return evaluator.Holds(node.Condition!, inner);
    }

    private void Bind(IReadOnlyList<string> names, object? value, Scope scope)
    {
        if (names.Count == 1)
        {
            scope.Set(names[0], value);
            return;
        }

        List<object?> parts = Value.Items(value, evaluator.Budget);
        if (parts.Count != names.Count)
            throw new TemplateFault($"{parts.Count} values for {names.Count} names");
        for (int i = 0; i < parts.Count; i++)
            scope.Set(names[i], parts[i]);
    }

    private void RunSetMember(SetMember node, Scope scope)
    {
        object? value = evaluator.Evaluate(node.Value, scope);
        if (scope.Find(node.Name) is not Space space)
            throw new TemplateFault($"'{node.Name}' is no namespace, so nothing in it can be set");
        space.Set(node.Member, value);
    }

    private Flow RunWith(With node, Scope scope, StringBuilder output)
    {
        var inner = new Scope(scope);
        foreach (var (name, value) in node.Values)
            inner.Set(name, evaluator.Evaluate(value, scope));
        return Run(node.Body, inner, output);
    }

    private string Filtered(Filtered? filter, Body body, Scope scope)
    {
        string text = Render(body, new Scope(scope));
        return filter is null ? text : Value.Text(evaluator.Filter(filter, text, scope), evaluator.Budget);
    }

    private string Called(CallBlock node, Scope scope)
    {
        object? target = evaluator.Evaluate(node.Call.Target, scope);
        Arguments given = evaluator.Values(node.Call.Arguments, scope);
        var named = new Dictionary<string, object?>(given.Named) { ["caller"] = Function(node.Caller, scope) };
        return Value.Text(Evaluator.Invoke(target, given with { Named = named }), evaluator.Budget);
    }

    private Function Function(MacroStatement macro, Scope scope) => new(macro.Name, arguments =>
    {
        var inner = new Scope(scope);
        Refuse(macro, arguments);
        foreach (var (index, (name, otherwise)) in macro.Parameters.Index())
            inner.Set(name, arguments.Has(index, name) ? arguments.At(index, name)
                : otherwise is not null ? evaluator.Evaluate(otherwise, inner)
                : new Undefined($"the parameter '{name}' was not given"));
        if (arguments.Named.TryGetValue("caller", out object? caller))
            inner.Set("caller", caller);
        return Render(macro.Body, inner);
    });

    private static void Refuse(MacroStatement macro, Arguments arguments)
    {
        if (arguments.Positional.Count > macro.Parameters.Count)
            throw new TemplateFault(
                $"{macro.Name} takes {macro.Parameters.Count} arguments, not {arguments.Positional.Count}");
        foreach (string name in arguments.Named.Keys)
            if (name != "caller" && macro.Parameters.All(parameter => parameter.Name != name))
                throw new TemplateFault($"{macro.Name} has no parameter '{name}'");
    }
}
