using System.Numerics;

namespace Vlm.Rewards;

/// <summary>Reads an expression: numbers, letters, + - * / ^, fractions, roots, brackets. One pass; null where it is anything else.</summary>
internal ref struct MathParser
{
    private const int Deepest = 24, LargestExponent = 64, MostDigits = 64;
    private readonly ReadOnlySpan<char> _text;
    private int _at, _depth;

    private MathParser(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The sum that a whole text is, its signs as <see cref="MathText"/> has them.</summary>
    public static MathSum? Read(ReadOnlySpan<char> text)
    {
        var parser = new MathParser(text);
        MathSum? sum = parser.Sum();
        parser.SkipSpaces();
        return parser._at == text.Length ? sum : null;
    }

    private MathSum? Sum()
    {
        if (_depth++ >= Deepest)
            return null;
        MathSum? sum = Product();
        while (sum is not null && Peek() is '+' or '-')
        {
            bool minus = _text[_at++] == '-';
            sum = Product() is { } next ? sum.Plus(minus ? next.Negated() : next) : null;
        }

        _depth--;
        return sum;
    }

    private MathSum? Product()
    {
        MathSum? product = Signed();
        while (product is not null && Peek() is var next && (next is '*' or '/' || Begins(next)))
        {
            _at += next is '*' or '/' ? 1 : 0;
            if (char.IsAsciiDigit(next) && !IsAfterSign())
                return null;        // "2 3" is no product
            product = Signed() is { } factor ? next == '/' ? product.Over(factor) : product.Times(factor) : null;
        }

        return product;
    }

    // A number may follow a bracket or a letter, not a number.
    private readonly bool IsAfterSign()
    {
        int before = _at - 1;
        while (before >= 0 && _text[before] == ' ')
            before--;
        return before >= 0 && !char.IsAsciiDigit(_text[before]);
    }

    private MathSum? Signed()
    {
        bool minus = false;
        for (; Peek() is '-' or '+'; _at++)
            minus ^= _text[_at] == '-';
        MathSum? power = Power();
        return minus ? power?.Negated() : power;
    }

    private MathSum? Power()
    {
        MathSum? power = Factor();
        if (power is null || Peek() != '^')
            return power;
        _at++;
        bool minus = Peek() == '-';
        _at += minus ? 1 : 0;
        if (Factor()?.Fraction is not { } exponent || Peek() == '^' || BigInteger.Abs(exponent.Above) > LargestExponent || exponent.Below > LargestExponent)
            return null;
        MathSum? whole = power.Power((int)(minus ? -exponent.Above : exponent.Above));
        return exponent.Below.IsOne ? whole : whole?.Root((int)exponent.Below);
    }

    private MathSum? Factor()
    {
        char first = Peek();
        if (char.IsAsciiDigit(first) || first == '.')
            return Number();
        if (first is '(' or '{')
            return Bracketed(first == '(' ? ')' : '}');
        if (first == '\\')
            return Takes("\\frac") ? Argument() is { } above && Argument() is { } below ? above.Over(below) : null
                : Takes("\\sqrt") ? Root() : null;
        if (!MathText.IsLetter(first))
            return null;
        _at++;
        return MathSum.Of(first);
    }

    private MathSum? Bracketed(char close)
    {
        _at++;
        MathSum? inside = Sum();
        return inside is not null && Takes(close) ? inside : null;
    }

    private MathSum? Root()
    {
        int degree = 2;
        if (Peek() == '[')
        {
            _at++;
            if (Sum()?.Fraction is not { Below.IsOne: true } read || read.Above < 2 || read.Above > LargestExponent || !Takes(']'))
                return null;
            degree = (int)read.Above;
        }

        return Argument()?.Root(degree);
    }

    // {...}, (...), a letter, or one digit: \frac12 is a half. A number after a root sign is all of it.
    private MathSum? Argument()
    {
        if (!char.IsAsciiDigit(Peek()))
            return Factor();
        bool root = _at >= 5 && _text[.._at].TrimEnd(' ').EndsWith("\\sqrt");
        return root ? Number() : MathSum.Of((BigInteger)(_text[_at++] - '0'));
    }

    // 12, 1,000, 0.5, .5, 1e-3, 1 1/2, 1\frac{1}{2}
    private MathSum? Number()
    {
        if (Decimal() is not { } number)
            return null;
        int end = _at;
        if (number.Below.IsOne && Mixed() is { } part)
            return MathSum.Of(number + part);
        _at = end;
        return MathSum.Of(number);
    }

    private Rational? Decimal()
    {
        BigInteger digits = 0;
        int start = _at, decimals = -1;
        for (; _at < _text.Length; _at++)
            if (char.IsAsciiDigit(_text[_at]))
                (digits, decimals) = ((digits * 10) + (_text[_at] - '0'), decimals < 0 ? -1 : decimals + 1);
            else if (_text[_at] == '.' && decimals < 0 && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))
                decimals = 0;
            else if (!(_text[_at] == ',' && decimals < 0 && IsThousands(start)))
                break;
            else if (_at - start > MostDigits)
                return null;
        if (_at == start || _at - start > MostDigits)
            return null;
        int exponent = Exponent() - Math.Max(0, decimals);
        if (Math.Abs(exponent) > LargestExponent)
            return null;
        BigInteger power = BigInteger.Pow(10, Math.Abs(exponent));
        return exponent < 0 ? Rational.Of(digits, power) : digits * power;
    }

    // A comma before three digits and no fourth, after one to three or such a group.
    private readonly bool IsThousands(int start)
    {
        int group = _text[start.._at].LastIndexOf(',') is >= 0 and var comma ? _at - start - comma - 1 : _at - start;
        ReadOnlySpan<char> after = _text[(_at + 1)..];
        int digits = after.IndexOfAnyExceptInRange('0', '9');
        return (group == 3 || (group < 3 && !_text[start.._at].Contains(','))) && group > 0 && (digits < 0 ? after.Length : digits) == 3;
    }

    private int Exponent()
    {
        int at = _at + 1;
        if (_at >= _text.Length || _text[_at] is not ('e' or 'E'))
            return 0;
        bool minus = at < _text.Length && _text[at] == '-';
        at += at < _text.Length && _text[at] is '-' or '+' ? 1 : 0;
        int value = 0, start = at;
        for (; at < _text.Length && char.IsAsciiDigit(_text[at]) && at - start < 4; at++)
            value = (value * 10) + (_text[at] - '0');
        if (at == start)
            return 0;
        _at = at;
        return minus ? -value : value;
    }

    // A proper fraction right behind a whole number.
    private Rational? Mixed()
    {
        bool spaced = Peek() != '\0' && _text[_at - 1] == ' ';
        Rational? above = null, below = null;
        if (Takes("\\frac"))
            (above, below) = (Argument()?.Fraction, Argument()?.Fraction);
        else if (spaced && char.IsAsciiDigit(Peek()))
            (above, below) = (Decimal(), Takes('/') && char.IsAsciiDigit(Peek()) ? Decimal() : null);
        bool proper = above is { Below.IsOne: true, Above.Sign: > 0 } && below is { Below.IsOne: true } && above.Value.Above < below.Value.Above;
        return proper ? Rational.Of(above!.Value.Above, below!.Value.Above) : null;
    }

    private static bool Begins(char letter) => letter is '(' or '{' or '\\' || char.IsAsciiDigit(letter) || MathText.IsLetter(letter);

    private bool Takes(char sign)
    {
        if (Peek() != sign)
            return false;
        _at++;
        return true;
    }

    private bool Takes(string command)
    {
        Peek();
        if (!_text[_at..].StartsWith(command))
            return false;
        _at += command.Length;
        return true;
    }

    // The next sign that is no space; U+0000 at the end.
    private char Peek()
    {
        SkipSpaces();
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }
}
