namespace Vlm.Text.Jinja;

/// <summary>A place in a list of tokens, with the questions a parser asks there.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private const int MaxDepth = 150;
    private int _at;
    private int _depth;

    public Token Current => tokens[_at];

    public int Line => Current.Line;

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next() => tokens[_at].Kind == TokenKind.End ? tokens[_at] : tokens[_at++];

    public bool Accept(string symbol) => Take(Current.IsSymbol(symbol));

    public bool AcceptName(string name) => Take(Current.IsName(name));

    public void Expect(string symbol)
    {
        if (!Accept(symbol))
            throw Fault($"'{symbol}' is expected, not {Current.Shown}");
    }

    public void Expect(TokenKind kind, string shown)
    {
        if (!Take(Current.Kind == kind))
            throw Fault($"{shown} is expected, not {Current.Shown}");
    }

    public string ExpectName()
    {
        string name = Current.Text;
        Expect(TokenKind.Name, "a name");
        return name;
    }

    /// <summary>Reads something that may hold more of its kind; so deep and no deeper.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > MaxDepth)
            throw Fault($"it is nested deeper than {MaxDepth} parts");
        T result = read();
        _depth--;
        return result;
    }

    public TemplateFault Fault(string message) => new(message, Line);

    private bool Take(bool fits)
    {
        if (fits)
            Next();
        return fits;
    }
}
