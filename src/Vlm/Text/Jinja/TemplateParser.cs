namespace Vlm.Text.Jinja;

/// <summary>Tokens to statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(List<Token> tokens)
    {
        _tokens = new TokenReader(tokens);
        _expressions = new ExpressionParser(_tokens);
    }

    /// <exception cref="TemplateFault">The text is no template, or uses what this interpreter has not.</exception>
    public static Body Parse(string source)
    {
        var parser = new TemplateParser(Lexer.Read(source));
        Body body = parser.ReadBody();
        return parser._tokens.Current.Kind == TokenKind.End
            ? body
            : throw parser._tokens.Fault($"{parser._tokens.Following.Shown} closes nothing");
    }

    // Up to a statement that one of the words begins, or the end; the word is not taken.
    private Body ReadBody(params ReadOnlySpan<string> until)
    {
        var statements = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End && !Closes(until))
            statements.Add(_tokens.Nested(ReadStatement));
        return new Body(statements);
    }

    private bool Closes(ReadOnlySpan<string> until)
    {
        if (_tokens.Current.Kind != TokenKind.StatementBegin)
            return false;
        string word = _tokens.Following.Text;
        return until.Contains(word) || word is "else" or "elif" || word.StartsWith("end", StringComparison.Ordinal);
    }

    private Statement ReadStatement()
    {
        Token at = _tokens.Next();
        switch (at.Kind)
        {
            case TokenKind.Text:
                return new Literally(at.Line, at.Text);
            case TokenKind.ExpressionBegin:
                Node value = _expressions.ReadTuple();
                _tokens.Expect(TokenKind.ExpressionEnd, "'}}'");
                return new Output(at.Line, value);
            default:
                return ReadTagged(_tokens.ExpectName(), at.Line);
        }
    }

    private Statement ReadTagged(string word, int line) => word switch
    {
        "if" => ReadIf(line),
        "for" => ReadFor(line),
        "set" => ReadSet(line),
        "macro" => ReadMacro(line),
        "call" => ReadCall(line),
        "filter" => ReadFilter(line),
        "with" => ReadWith(line),
        "generation" => new Group(line, ReadRest("endgeneration")),
        "break" when _loops > 0 => Ended(new Break(line)),
        "continue" when _loops > 0 => Ended(new Continue(line)),
        "break" or "continue" => throw new TemplateFault($"'{word}' is in no loop", line),
        _ => throw new TemplateFault($"there is no statement '{word}' here", line),
    };

    private T Ended<T>(T statement)
    {
        _tokens.Expect(TokenKind.StatementEnd, "'%}'");
        return statement;
    }

    // The rest of the tag, the body, and the tag that closes it.
    private Body ReadRest(string close)
    {
        Ended(0);
        Body body = ReadBody(close);
        Close(close);
        return Ended(body);
    }

    private void Close(params ReadOnlySpan<string> words)
    {
        int line = _tokens.Line;
        if (_tokens.Current.Kind == TokenKind.End || !words.Contains(_tokens.Following.Text))
            throw new TemplateFault($"'{words[^1]}' is expected, not {Shown()}", line);
        _tokens.Next();
        _tokens.Next();
    }

    private string Shown() =>
        (_tokens.Current.Kind == TokenKind.StatementBegin ? _tokens.Following : _tokens.Current).Shown;

    private If ReadIf(int line)
    {
        var branches = new List<(Node, Body)> { ReadBranch() };
        while (AtWord("elif"))
            branches.Add(ReadBranch());

        Body? otherwise = ReadElse();
        Close("endif");
        return Ended(new If(line, branches, otherwise));
    }

    private (Node, Body) ReadBranch()
    {
        Node condition = Ended(_expressions.ReadTuple());
        return (condition, ReadBody());
    }

    private Body? ReadElse()
    {
        if (!AtWord("else"))
            return null;
        Ended(0);
        return ReadBody();
    }

    // Takes "{% word" if it is next.
    private bool AtWord(string word)
    {
        if (_tokens.Current.Kind != TokenKind.StatementBegin || !_tokens.Following.IsName(word))
            return false;
        _tokens.Next();
        _tokens.Next();
        return true;
    }

    private For ReadFor(int line)
    {
        List<string> names = ReadNames();
        if (!_tokens.AcceptName("in"))
            throw _tokens.Fault($"'in' is expected, not {_tokens.Current.Shown}");
        Node items = _expressions.ReadTuple(withChoice: false);
        Node? condition = _tokens.AcceptName("if") ? _expressions.Read() : null;
        bool recursive = _tokens.AcceptName("recursive");
        Ended(0);
        _loops++;
        Body body = ReadBody();
        _loops--;
        Body? otherwise = ReadElse();
        Close("endfor");
        return Ended(new For(line, names, items, condition, body, otherwise, recursive));
    }

    private List<string> ReadNames()
    {
        bool brackets = _tokens.Accept("(");
        var names = new List<string> { _tokens.ExpectName() };
        while (_tokens.Accept(","))
            names.Add(_tokens.ExpectName());
        if (brackets)
            _tokens.Expect(")");
        return names;
    }

    private Statement ReadSet(int line)
    {
        List<string> names = ReadNames();
        if (names.Count == 1 && _tokens.Accept("."))
            return ReadSetMember(line, names[0]);
        if (_tokens.Accept("="))
            return Ended(new Set(line, names, _expressions.ReadTuple()));

        if (names.Count > 1)
            throw _tokens.Fault("'=' is expected after several names");
        Filtered? filter = _tokens.Accept("|") ? _expressions.ReadFilters() : null;
        return new SetBlock(line, names[0], filter, ReadRest("endset"));
    }

    private SetMember ReadSetMember(int line, string name)
    {
        string member = _tokens.ExpectName();
        _tokens.Expect("=");
        return Ended(new SetMember(line, name, member, _expressions.ReadTuple()));
    }

    private MacroStatement ReadMacro(int line)
    {
        string name = _tokens.ExpectName();
        _tokens.Expect("(");
        return new MacroStatement(line, name, ReadParameters(), ReadRest("endmacro"));
    }

    // After the opening bracket.
    private List<(string, Node?)> ReadParameters()
    {
        var parameters = new List<(string, Node?)>();
        while (!_tokens.Accept(")"))
        {
            if (parameters.Count > 0)
                _tokens.Expect(",");
            string name = _tokens.ExpectName();
            parameters.Add((name, _tokens.Accept("=") ? _expressions.Read() : null));
        }

        return parameters;
    }

    private CallBlock ReadCall(int line)
    {
        List<(string, Node?)> parameters = _tokens.Accept("(") ? ReadParameters() : [];
        Node target = _expressions.Read();
        return target is Call call
            ? new CallBlock(line, call, new MacroStatement(line, "caller", parameters, ReadRest("endcall")))
            : throw new TemplateFault("'call' is followed by no call", line);
    }

    private FilterBlock ReadFilter(int line)
    {
        Filtered filters = _expressions.ReadFilters();
        return new FilterBlock(line, filters, ReadRest("endfilter"));
    }

    private With ReadWith(int line)
    {
        var values = new List<(string, Node)>();
        while (_tokens.Current.Kind == TokenKind.Name)
        {
            string name = _tokens.ExpectName();
            _tokens.Expect("=");
            values.Add((name, _expressions.Read()));
            if (!_tokens.Accept(","))
                break;
        }

        return new With(line, values, ReadRest("endwith"));
    }
}
