namespace Vlm.Rewards;

/// <summary>
/// 1 where the answer is the true word: <see cref="YesNo"/> where that is "yes" or "no", <see cref="TrueFalse"/> where it is
/// "true" or "false", else <see cref="NormalizedMatch"/>.
/// </summary>
public static class WordMatch
{
    /// <summary>Compares the answer with the true word.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Score(string, string)"/>
    public static Score Score(Answer answer, string truth) => truth?.Trim().ToLowerInvariant() switch
    {
        "yes" or "no" => YesNo.Score(answer, truth),
        "true" or "false" => TrueFalse.Score(answer, truth),
        _ => NormalizedMatch.Score(answer, truth ?? ""),
    };
}
