namespace Vlm.Text.Jinja;

/// <summary>
/// Cuts a template into tokens, as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, which is how
/// transformers sets it up: a line break after a statement is dropped, and so is white space before one on its line.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineCountedTo;
    private bool _startsLine = true;

    private Lexer(string source) => _source = source;

    /// <exception cref="TemplateFault">A tag or a text in it does not end, or a letter means nothing.</exception>
    public static List<Token> Read(string source)
    {
        string normal = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(normal.EndsWith('\n') ? normal[..^1] : normal);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (NextTag() is var tag && tag >= 0)
        {
            AddText(tag);
            _at = tag;
            switch (_source[tag + 1])
            {
                case '#': SkipComment(); break;
                case '%': ReadStatement(); break;
                default: ReadTag(TokenKind.ExpressionBegin, TokenKind.ExpressionEnd); break;
            }
        }

        Add(TokenKind.Text, _source[_at..]);
        _at = _source.Length;
        Add(TokenKind.End, "");
    }

    private int NextTag()
    {
        for (int at = _at; (at = _source.IndexOf('{', at)) >= 0; at++)
            if (at + 1 < _source.Length && _source[at + 1] is '{' or '%' or '#')
                return at;
        return -1;
    }

    private void AddText(int tag)
    {
        string text = _source[_at..tag];
        char sign = At(tag + 2);
        if (sign == '-')
            text = TextRules.TrimEnd(text);
        else if (sign != '+' && _source[tag + 1] != '{')
            text = WithoutIndent(text);
        Add(TokenKind.Text, text);
    }

    private string WithoutIndent(string text)
    {
        int line = text.LastIndexOf('\n') + 1;
        bool whole = line > 0 || _startsLine;
        return whole && TextRules.IsBlank(text.AsSpan(line)) ? text[..line] : text;
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _at + 2, StringComparison.Ordinal);
        if (end < 0)
            throw Fault("a comment {# is not closed by #}");
        char sign = end > _at + 2 ? _source[end - 1] : ' ';
        _at = end + 2;
        AfterTag(sign, dropsLineBreak: true);
    }

    // raw is a matter of the lexer, since nothing inside it is a tag.
    private void ReadStatement()
    {
        if (MatchWord(_at, "raw") is not { } raw)
        {
            ReadTag(TokenKind.StatementBegin, TokenKind.StatementEnd);
            return;
        }

        _at = raw.End;
        AfterTag(raw.Sign, dropsLineBreak: false);
        for (int at = _at; (at = _source.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at++)
            if (MatchWord(at, "endraw") is { } end)
            {
                AddText(at);
                _at = end.End;
                AfterTag(end.Sign, dropsLineBreak: true);
                return;
            }

        throw Fault("raw is not closed by endraw");
    }

    // "{%- word -%}" at a place: where it ends and the sign before its end.
    private (int End, char Sign)? MatchWord(int at, string word)
    {
        at += 2;
        if (At(at) is '-' or '+')
            at++;
        at = SkipBlank(at);
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
            return null;
        at = SkipBlank(at + word.Length);
        char sign = At(at);
        if (sign is '-' or '+')
            at++;
        return At(at) == '%' && At(at + 1) == '}' ? (at + 2, sign) : null;
    }

    private void ReadTag(TokenKind begin, TokenKind end)
    {
        Add(begin, _source.Substring(_at, 2));
        int start = _at;
        _at += At(_at + 2) is '-' or '+' ? 3 : 2;
        int open = 0;
        while (!(open == 0 && TryEnd(end)))
        {
            if (_at >= _source.Length)
                throw new TemplateFault($"{_source.Substring(start, 2)} is not closed", _tokens[^1].Line);
            open += ReadInside();
        }
    }

    private bool TryEnd(TokenKind end)
    {
        _at = SkipBlank(_at);
        string close = end == TokenKind.StatementEnd ? "%}" : "}}";
        bool signed = At(_at) == '-' || (At(_at) == '+' && end == TokenKind.StatementEnd);
        int at = signed ? _at + 1 : _at;
        if (string.CompareOrdinal(_source, at, close, 0, 2) != 0)
            return false;

        Add(end, close);
        char sign = signed ? _source[_at] : ' ';
        _at = at + 2;
        AfterTag(sign, dropsLineBreak: end == TokenKind.StatementEnd);
        return true;
    }

    private void AfterTag(char sign, bool dropsLineBreak)
    {
        if (sign == '-')
            _at = SkipBlank(_at);
        else if (sign != '+' && dropsLineBreak && At(_at) == '\n')
            _at++;
        _startsLine = _source[_at - 1] == '\n';
    }

    // One token of an expression; returns by how much it opens (1) or closes (-1) brackets.
    private int ReadInside()
    {
        _at = SkipBlank(_at);
        if (_at >= _source.Length)
            return 0;
        int line = Line();
        Token token = TokenScan.Read(_source, _at, line, out int length);
        _tokens.Add(token);
        _at += length;
        return token.Kind != TokenKind.Symbol ? 0 : token.Text switch
        {
            "(" or "[" or "{" => 1,
            ")" or "]" or "}" => -1,
            _ => 0,
        };
    }

    private void Add(TokenKind kind, string text)
    {
        if (kind != TokenKind.Text || text.Length > 0)
            _tokens.Add(new Token(kind, text, Line()));
    }

    private int Line()
    {
        _line += _source.AsSpan(_lineCountedTo, _at - _lineCountedTo).Count('\n');
        _lineCountedTo = _at;
        return _line;
    }

    private int SkipBlank(int at)
    {
        while (at < _source.Length && TextRules.IsBlank(_source[at]))
            at++;
        return at;
    }

    private char At(int at) => at < _source.Length ? _source[at] : '\0';

    private TemplateFault Fault(string message) => new(message, Line());
}
