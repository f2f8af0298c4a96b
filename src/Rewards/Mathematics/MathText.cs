namespace Vlm.Rewards;

/// <summary>The signs of LaTeX and Unicode that mean the same in an expression, brought to one.</summary>
internal static class MathText
{
    /// <summary>The letter that stands for pi.</summary>
    public const char Pi = '\u03c0';

    // Longer ones before those that they begin with.
    private static readonly (string Latex, string Sign)[] s_signs =
    [
        ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cfrac", "\\frac"), ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\pi", "\u03c0"),
        ("\\pm", "\u00b1"), ("\\theta", "\u03b8"), ("\\alpha", "\u03b1"), ("\\beta", "\u03b2"), ("\\lambda", "\u03bb"), ("\\infty", "\u221e"),
        ("\\cup", "\u222a"), ("\\in ", "\u2208"), ("\\lbrace", "\\{"), ("\\rbrace", "\\}"), ("\u00d7", "*"), ("\u22c5", "*"), ("\u00b7", "*"),
        ("\u00f7", "/"), ("\u2044", "/"), ("\u2212", "-"), ("\u2013", "-"), ("\u00b2", "^2"), ("\u00b3", "^3"), ("\u221a", "\\sqrt"),
    ];

    /// <summary>The text with these signs; without white space and full stops at its ends.</summary>
    /// <param name="plain">As <see cref="PlainText"/> leaves it.</param>
    public static string Of(string plain)
    {
        string text = plain;
        foreach ((string latex, string sign) in s_signs)
            if (text.Contains(latex, StringComparison.Ordinal))
                text = text.Replace(latex, sign, StringComparison.Ordinal);
        return text.Trim().TrimEnd('.').Trim();
    }

    /// <summary>Letters that an expression may have: Latin ones, and the Greek ones of <see cref="Of"/>.</summary>
    public static bool IsLetter(char letter) => char.IsAsciiLetter(letter) || letter is Pi or '\u03b8' or '\u03b1' or '\u03b2' or '\u03bb' or '\u221e';
}
