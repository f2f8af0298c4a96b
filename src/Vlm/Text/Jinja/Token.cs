namespace Vlm.Text.Jinja;

/// <summary>Kinds of tokens.</summary>
internal enum TokenKind
{
    Text,
    ExpressionBegin,
    ExpressionEnd,
    StatementBegin,
    StatementEnd,
    Name,
    Literal,
    Symbol,
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a text, what is left after whitespace control.</param>
/// <param name="Line">From 1.</param>
/// <param name="Value">A literal's value: a text, a long or a double.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, object? Value = null)
{
    public bool IsSymbol(string text) => Kind == TokenKind.Symbol && Text == text;

    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;

    public string Shown => Kind == TokenKind.End ? "the end of the template" : $"'{Text}'";
}
