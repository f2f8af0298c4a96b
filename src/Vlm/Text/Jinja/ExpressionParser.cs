namespace Vlm.Text.Jinja;

/// <summary>Tokens to expressions, with Jinja's order of precedence.</summary>
internal sealed class ExpressionParser
{
    private static readonly string[] Comparing = ["==", "!=", "<", "<=", ">", ">="];

    private readonly TokenReader _tokens;
    private readonly ListParser _lists;

    public ExpressionParser(TokenReader tokens)
    {
        _tokens = tokens;
        _lists = new ListParser(tokens, () => Read());
    }

    /// <summary>An expression; with <c>a if b else c</c> unless an <c>if</c> after it is the loop's.</summary>
    public Node Read(bool withChoice = true) => _tokens.Nested(() => withChoice ? Choice() : Or());

    /// <summary>One expression, or several with commas between, which are a tuple.</summary>
    public Node ReadTuple(bool withChoice = true)
    {
        int line = _tokens.Line;
        Node first = Read(withChoice);
        if (!_tokens.Current.IsSymbol(","))
            return first;

        var items = new List<Node> { first };
        while (_tokens.Accept(",") && StartsExpression())
            items.Add(Read(withChoice));
        return new ListOf(line, items, IsTuple: true);
    }

    /// <summary>A chain of filters: <c>name(arguments) | name</c>, without what they work on.</summary>
    public Filtered ReadFilters()
    {
        Filtered chain = Filter(null);
        while (_tokens.Accept("|"))
            chain = Filter(chain);
        return chain;
    }

    private bool StartsExpression() =>
        _tokens.Current.Kind is TokenKind.Name or TokenKind.Literal
        || (_tokens.Current.Kind == TokenKind.Symbol && _tokens.Current.Text is "(" or "[" or "{" or "-" or "+");

    private Node Choice()
    {
        Node then = Or();
        while (_tokens.Current is { } at && _tokens.AcceptName("if"))
        {
            Node condition = Or();
            then = new Conditional(at.Line, then, condition, _tokens.AcceptName("else") ? Read() : null);
        }

        return then;
    }

    private Node Or()
    {
        Node left = And();
        while (_tokens.Current is { } at && _tokens.AcceptName("or"))
            left = new Logic(at.Line, "or", left, And());
        return left;
    }

    private Node And()
    {
        Node left = Not();
        while (_tokens.Current is { } at && _tokens.AcceptName("and"))
            left = new Logic(at.Line, "and", left, Not());
        return left;
    }

    private Node Not()
    {
        int line = _tokens.Line;
        return _tokens.AcceptName("not") ? new Unary(line, "not", _tokens.Nested(Not)) : Compare();
    }

    private Node Compare()
    {
        int line = _tokens.Line;
        Node first = Sum();
        var rest = new List<(string, Node)>();
        while (ComparisonOperator() is { } found)
            rest.Add((found, Sum()));
        return rest.Count == 0 ? first : new Comparison(line, first, rest);
    }

    private string? ComparisonOperator()
    {
        if (_tokens.Current.Kind == TokenKind.Symbol && Comparing.Contains(_tokens.Current.Text))
            return _tokens.Next().Text;
        if (_tokens.AcceptName("in"))
            return "in";
        if (!_tokens.Current.IsName("not") || !_tokens.Following.IsName("in"))
            return null;
        _tokens.Next();
        _tokens.Next();
        return "not in";
    }

    private Node Sum() => LeftToRight(["+", "-"], Joined);

    private Node Joined() => LeftToRight(["~"], Product);

    private Node Product() => LeftToRight(["*", "/", "//", "%"], Power);

    private Node Power() => LeftToRight(["**"], () => Signed(withFilters: true));

    private Node LeftToRight(string[] operators, Func<Node> operand)
    {
        Node left = operand();
        while (_tokens.Current is { Kind: TokenKind.Symbol } at && operators.Contains(at.Text))
        {
            _tokens.Next();
            left = new Binary(at.Line, at.Text, left, operand());
        }

        return left;
    }

    private Node Signed(bool withFilters)
    {
        Token at = _tokens.Current;
        Node value = _tokens.Accept("-") || _tokens.Accept("+")
            ? new Unary(at.Line, at.Text, _tokens.Nested(() => Signed(withFilters: false)))
            : Primary();
        value = Postfix(value);
        return withFilters ? FiltersAndTests(value) : value;
    }

    private Node Primary()
    {
        Token at = _tokens.Next();
        return at.Kind switch
        {
            TokenKind.Name => Named(at),
            TokenKind.Literal => new Literal(at.Line, at.Value is string text ? Adjacent(text) : at.Value),
            TokenKind.Symbol when at.Text == "(" => Parenthesised(at.Line),
            TokenKind.Symbol when at.Text == "[" => new ListOf(at.Line, _lists.Items("]")),
            TokenKind.Symbol when at.Text == "{" => _lists.Table(at.Line),
            _ => throw new TemplateFault($"an expression is expected, not {at.Shown}", at.Line),
        };
    }

    private static Node Named(Token at) => at.Text switch
    {
        "true" or "True" => new Literal(at.Line, true),
        "false" or "False" => new Literal(at.Line, false),
        "none" or "None" => new Literal(at.Line, null),
        "and" or "or" or "in" or "is" or "if" or "else" or "not" =>
            throw new TemplateFault($"an expression is expected, not '{at.Text}'", at.Line),
        _ => new Variable(at.Line, at.Text),
    };

    // Texts side by side are one.
    private string Adjacent(string text)
    {
        while (_tokens.Current is { Kind: TokenKind.Literal, Value: string more })
        {
            text += more;
            _tokens.Next();
        }

        return text;
    }

    private Node Parenthesised(int line)
    {
        if (_tokens.Accept(")"))
            return new ListOf(line, [], IsTuple: true);
        Node inside = ReadTuple();
        _tokens.Expect(")");
        return inside;
    }

    private Node Postfix(Node value)
    {
        while (true)
        {
            int line = _tokens.Line;
            if (_tokens.Accept("."))
                value = Dotted(line, value);
            else if (_tokens.Accept("["))
                value = Subscript(line, value);
            else if (_tokens.Accept("("))
                value = new Call(line, value, _lists.Arguments());
            else
                return value;
        }
    }

    private Node Dotted(int line, Node target) => _tokens.Current is { Kind: TokenKind.Literal, Value: long index }
        ? new Index(line, target, new Literal(_tokens.Next().Line, index))
        : new Member(line, target, _tokens.ExpectName());

    private Node Subscript(int line, Node target)
    {
        Node? start = _tokens.Current.IsSymbol(":") ? null : Read();
        if (start is not null && _tokens.Accept("]"))
            return new Index(line, target, start);

        Node?[] rest = [null, null];
        for (int i = 0; i < 2 && _tokens.Accept(":"); i++)
            rest[i] = _tokens.Current.IsSymbol(":") || _tokens.Current.IsSymbol("]") ? null : Read();
        _tokens.Expect("]");
        return new Slice(line, target, start, rest[0], rest[1]);
    }

    private Node FiltersAndTests(Node value)
    {
        while (true)
        {
            int line = _tokens.Line;
            if (_tokens.Accept("|"))
                value = Filter(value);
            else if (_tokens.AcceptName("is"))
                value = Test(line, value);
            else if (_tokens.Accept("("))
                value = new Call(line, value, _lists.Arguments());
            else
                return value;
        }
    }

    private Filtered Filter(Node? target)
    {
        int line = _tokens.Line;
        string name = _tokens.ExpectName();
        if (!Filters.Known(name))
            throw new TemplateFault($"there is no filter '{name}' here", line);
        return new Filtered(line, target, name, _tokens.Accept("(") ? _lists.Arguments() : ArgumentNodes.None);
    }

    private Node Test(int line, Node value)
    {
        bool negated = _tokens.AcceptName("not");
        string name = _tokens.ExpectName();
        if (!ValueTests.Known(name))
            throw new TemplateFault($"there is no test '{name}' here", line);
        var test = new Tested(line, value, name, TestArguments());
        return negated ? new Unary(line, "not", test) : test;
    }

    // "is divisibleby 3" is "is divisibleby(3)".
    private ArgumentNodes TestArguments()
    {
        if (_tokens.Accept("("))
            return _lists.Arguments();
        bool bare = _tokens.Current switch
        {
            { Kind: TokenKind.Literal } => true,
            { Kind: TokenKind.Symbol, Text: "[" or "{" } => true,
            { Kind: TokenKind.Name, Text: "and" or "or" or "else" or "if" or "is" or "in" or "not" } => false,
            { Kind: TokenKind.Name } => true,
            _ => false,
        };
        return bare ? new ArgumentNodes([Postfix(Primary())], []) : ArgumentNodes.None;
    }
}
