namespace Vlm.Rewards;

/// <summary>A text or a number that MMMU's parser took from an answer.</summary>
/// <param name="Text">The text in lower case; a single letter has a space before or behind it. Null for a number.</param>
/// <param name="Number">Rounded to two decimals; null for a text.</param>
public readonly record struct OpenAnswer(string? Text, double? Number)
{
    /// <summary>A text or number as MMMU compares it: commas aside, "1,234.567" is 1234.57.</summary>
    internal static IEnumerable<OpenAnswer> Of(string text)
    {
        string said = PythonText.Strip(text);
        if (PythonText.Float(said.Replace(",", "", StringComparison.Ordinal)) is { } number)
            return [new(null, PythonText.Round2(number))];
        string lower = PythonText.Lower(said);
        return PythonText.Length(lower) == 1 ? [new($" {lower}", null), new($"{lower} ", null)] : [new(lower, null)];
    }

    /// <summary>As Python's str() writes it: 42.0.</summary>
    public override string ToString() => Number is { } number ? PythonText.Repr(number) : Text ?? "";
}
