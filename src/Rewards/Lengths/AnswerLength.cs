using System.Globalization;

namespace Vlm.Rewards;

/// <summary>How long a completion is.</summary>
/// <param name="Count">How many.</param>
/// <param name="Unit">"tokens", or "words" where only the text is known.</param>
internal readonly record struct AnswerLength(int Count, string Unit)
{
    /// <summary>In tokens where they are known, else in words.</summary>
    public static AnswerLength Of(Answer answer) =>
        answer.Tokens is { } tokens ? new(tokens.Count, "tokens") : new(WordsOf(answer.Completion), "words");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} {Unit}");

    private static int WordsOf(string text)
    {
        int words = 0;
        for (int at = 0; at < text.Length; at++)
            if (!char.IsWhiteSpace(text[at]) && (at == 0 || char.IsWhiteSpace(text[at - 1])))
                words++;
        return words;
    }
}
