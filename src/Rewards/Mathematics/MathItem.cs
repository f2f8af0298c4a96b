namespace Vlm.Rewards;

/// <summary>One value of an answer.</summary>
/// <param name="Name">What stands before an equals sign, "x"; null where nothing does.</param>
/// <param name="Sum">What it is; null where it is no expression.</param>
/// <param name="Unit">Null where it has none.</param>
/// <param name="IsPercent">A percent sign follows.</param>
/// <param name="Decimals">Digits behind the point of a number that is written with one, else 0.</param>
/// <param name="Text">As it was written, without white space.</param>
internal sealed record MathItem(string? Name, MathSum? Sum, string? Unit, bool IsPercent, int Decimals, string Text)
{
    // As many as Math-Verify rounds to.
    private const int EnoughDecimals = 6;
    private const int ShortestWord = 3;
    private const double Rounding = 0.5e-6;
    private const string Member = "\u2208", Currency = "$\u20ac\u00a3\u00a5\u20b9";
    private static readonly Rational s_hundredth = Rational.Of(1, 100);

    /// <summary>Reads one value, with its unit or without looking for one.</summary>
    /// <param name="text">As <see cref="MathText"/> leaves it.</param>
    /// <param name="units">False takes letters behind a number for letters.</param>
    public static MathItem Of(string text, bool units)
    {
        (string? name, string body) = Named(text);
        body = body.TrimStart(Currency.ToCharArray()).Trim();
        (string number, string? unit) = units ? MathUnits.Split(body) : (body, null);
        bool percent = unit is null && number.EndsWith('%');
        number = percent ? number[..^1].TrimEnd() : number;
        return new(name, IsWords(number) ? null : MathParser.Read(number), unit, percent, DecimalsOf(number), string.Concat(body.Where(letter => !char.IsWhiteSpace(letter))));
    }

    /// <summary>True where an answer is this value.</summary>
    /// <param name="said">What was answered.</param>
    public bool Takes(MathItem said)
    {
        if (Name is not null && said.Name is not null && Name != said.Name)
            return false;
        if (Unit is not null && said.Unit is not null && Unit != said.Unit)
            return false;
        if (Sum is not { } right || said.Sum is not { } sum)
            return Sum is null && said.Sum is null && IsSameText(said.Text);
        if (right.Is(sum) || IsRounded(right, said, sum))
            return true;
        return IsPercent != said.IsPercent && (IsPercent ? Hundredth(right, sum) : Hundredth(sum, right));
    }

    // Of 12% both 12 and 0.12 are right, and of 0.12 or 12 also 12%.
    private static bool Hundredth(MathSum percent, MathSum bare) => percent.Times(MathSum.Of(s_hundredth))?.Is(bare) == true;

    private static bool IsRounded(MathSum right, MathItem said, MathSum sum) => said.Decimals >= EnoughDecimals && right.IsNumber && sum.IsNumber
        && Math.Abs(right.ToDouble() - sum.ToDouble()) <= Rounding;

    private bool IsSameText(string other) => Text == other
        || (Text.Length > 1 && Text.All(char.IsLetter) && string.Equals(Text, other, StringComparison.OrdinalIgnoreCase));

    // "x = 5", "f(x) = 2x", "x \in [1, 2]": what is after the last equals sign.
    private static (string? Name, string Body) Named(string text)
    {
        int member = text.IndexOf(Member, StringComparison.Ordinal), first = member >= 0 ? member : text.IndexOf('=', StringComparison.Ordinal);
        if (first <= 0 || first + 1 == text.Length || text[first - 1] is '<' or '>' or '!')
            return (null, text);
        string name = text[..first].Trim();
        bool isName = name.Length is > 0 and <= 5 && MathText.IsLetter(name[0]) && name.AsSpan(1).IndexOfAny("+-*/") < 0;
        return isName ? (name, text[(Math.Max(first, text.LastIndexOf('=')) + 1)..].Trim()) : (null, text);
    }

    // Letters alone, or three in a row: "no" and "5 apples" are no products.
    private static bool IsWords(string number)
    {
        if (number.Length > 1 && number.All(letter => char.IsLetter(letter) || letter == ' '))
            return true;
        int run = 0;
        foreach (char letter in number)
        {
            run = letter == '\\' ? int.MinValue : !char.IsAsciiLetter(letter) ? 0 : run + 1;
            if (run == ShortestWord)
                return true;
        }

        return false;
    }

    private static int DecimalsOf(string number) =>
        number.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point && number.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? number.Length - point - 1 : 0;
}
