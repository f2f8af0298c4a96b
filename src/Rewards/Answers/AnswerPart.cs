namespace Vlm.Rewards;

/// <summary>What a convention found in a text.</summary>
/// <param name="Text">The answer; null where there is none.</param>
/// <param name="Problem">Why the text can have no answer; empty where there is one, or where the convention was not followed.</param>
/// <param name="IsMarked">The answer follows words that announce it, and more may follow.</param>
internal readonly record struct AnswerPart(string? Text, string Problem = "", bool IsMarked = false)
{
    /// <summary>The text does not follow the convention.</summary>
    public static AnswerPart None => new(null);

    /// <summary>The convention is broken: there is no answer, wherever else one might be looked for.</summary>
    public static AnswerPart Broken(string problem) => new(null, problem);

    /// <summary>Trimmed; broken where nothing is left.</summary>
    public AnswerPart NotEmpty() => Text is null ? this
        : Text.Trim() is { Length: > 0 } trimmed ? this with { Text = trimmed } : Broken("the answer is empty");
}
