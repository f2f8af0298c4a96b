namespace Vlm.Text.Jinja;

/// <summary>A part of an expression.</summary>
internal abstract record Node(int Line);

internal sealed record Literal(int Line, object? Value) : Node(Line);

internal sealed record Variable(int Line, string Name) : Node(Line);

/// <summary><c>[a, b]</c>, or <c>(a, b)</c>, a tuple.</summary>
internal sealed record ListOf(int Line, IReadOnlyList<Node> Items, bool IsTuple = false) : Node(Line);

internal sealed record TableOf(int Line, IReadOnlyList<(Node Key, Node Value)> Entries) : Node(Line);

/// <summary><c>target.name</c>: an attribute, else an entry.</summary>
internal sealed record Member(int Line, Node Target, string Name) : Node(Line);

/// <summary><c>target[key]</c>: an entry, else an attribute.</summary>
internal sealed record Index(int Line, Node Target, Node Key) : Node(Line);

/// <summary><c>target[start:stop:step]</c>.</summary>
internal sealed record Slice(int Line, Node Target, Node? Start, Node? Stop, Node? Step) : Node(Line);

internal sealed record Call(int Line, Node Target, ArgumentNodes Arguments) : Node(Line);

/// <summary><c>target | name(arguments)</c>; the target of a filter block is null.</summary>
internal sealed record Filtered(int Line, Node? Target, string Name, ArgumentNodes Arguments) : Node(Line);

internal sealed record Tested(int Line, Node Target, string Name, ArgumentNodes Arguments) : Node(Line);

/// <summary>Operator is "-", "+" or "not".</summary>
internal sealed record Unary(int Line, string Operator, Node Target) : Node(Line);

internal sealed record Binary(int Line, string Operator, Node Left, Node Right) : Node(Line);

/// <summary>Operator is "and" or "or"; the right side is evaluated only if it matters.</summary>
internal sealed record Logic(int Line, string Operator, Node Left, Node Right) : Node(Line);

/// <summary><c>first &lt; a &lt;= b</c>: every neighbouring pair must hold.</summary>
internal sealed record Comparison(int Line, Node First, IReadOnlyList<(string Operator, Node Right)> Rest) : Node(Line);

internal sealed record Conditional(int Line, Node Then, Node Condition, Node? Otherwise) : Node(Line);

/// <summary>The arguments of a call, a filter or a test.</summary>
internal sealed record ArgumentNodes(IReadOnlyList<Node> Positional, IReadOnlyList<(string Name, Node Value)> Named)
{
    public static ArgumentNodes None { get; } = new([], []);
}

/// <summary>A part of a template that writes, chooses, repeats or remembers.</summary>
internal abstract record Statement(int Line);

internal sealed record Literally(int Line, string Text) : Statement(Line);

internal sealed record Output(int Line, Node Value) : Statement(Line);

internal sealed record If(
    int Line, IReadOnlyList<(Node Condition, Body Body)> Branches, Body? Otherwise) : Statement(Line);

internal sealed record For(
    int Line, IReadOnlyList<string> Names, Node Items, Node? Condition, Body Body, Body? Otherwise, bool Recursive)
    : Statement(Line);

/// <summary><c>set a, b = value</c>.</summary>
internal sealed record Set(int Line, IReadOnlyList<string> Names, Node Value) : Statement(Line);

/// <summary><c>set name.member = value</c>, for a namespace.</summary>
internal sealed record SetMember(int Line, string Name, string Member, Node Value) : Statement(Line);

/// <summary><c>set name</c> ... <c>endset</c>, with the filters after the name.</summary>
internal sealed record SetBlock(int Line, string Name, Filtered? Filter, Body Body) : Statement(Line);

internal sealed record FilterBlock(int Line, Filtered Filter, Body Body) : Statement(Line);

internal sealed record With(int Line, IReadOnlyList<(string Name, Node Value)> Values, Body Body) : Statement(Line);

internal sealed record MacroStatement(
    int Line, string Name, IReadOnlyList<(string Name, Node? Default)> Parameters, Body Body) : Statement(Line);

/// <summary><c>call(parameters) target()</c> ... <c>endcall</c>: the body is the target's <c>caller</c>.</summary>
internal sealed record CallBlock(int Line, Call Call, MacroStatement Caller) : Statement(Line);

/// <summary>Statements without a scope of their own: what <c>generation</c> encloses.</summary>
internal sealed record Group(int Line, Body Body) : Statement(Line);

internal sealed record Break(int Line) : Statement(Line);

internal sealed record Continue(int Line) : Statement(Line);

/// <summary>Statements in order.</summary>
internal sealed record Body(IReadOnlyList<Statement> Statements);
