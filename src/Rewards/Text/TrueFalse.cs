namespace Vlm.Rewards;

/// <summary>1 where the answer says "true" or "false" and that is the truth.</summary>
/// <remarks>An answer that says both, or "not true", says neither side or the other: see <see cref="YesNo"/>.</remarks>
public static class TrueFalse
{
    /// <summary>Compares the answer with a truth of "true" or "false".</summary>
    /// <exception cref="ArgumentException">The truth is neither.</exception>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <summary>Compares the answer with a truth.</summary>
    public static Score Score(string completion, bool truth) =>
        Sides.Match(AnswerFormat.Auto.Read(completion), "true", "false", truth);

    /// <inheritdoc cref="Score(string, string)"/>
    public static Score Score(Answer answer, string truth) =>
        Sides.Match(answer, "true", "false", Sides.Of(truth, "true", "false"));
}
