namespace Vlm.Rewards;

/// <summary>1 where the answer says "yes" or "no" and that is the truth.</summary>
/// <remarks>
/// "not", "cannot" and words that end in "n't" deny too, "not only" does not; Chinese answers say it with their first sign. An answer
/// that says both, such as "yes or no" or "Yes, there is no dog", says neither: 0.
/// </remarks>
public static class YesNo
{
    /// <summary>Compares the answer with a truth of "yes" or "no".</summary>
    /// <exception cref="ArgumentException">The truth is neither.</exception>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <summary>Compares the answer with a truth: true is "yes".</summary>
    public static Score Score(string completion, bool truth) => Sides.Match(AnswerFormat.Auto.Read(completion), "yes", "no", truth);

    /// <inheritdoc cref="Score(string, string)"/>
    public static Score Score(Answer answer, string truth) =>
        Sides.Match(answer, "yes", "no", Sides.Of(truth, "yes", "no"));
}
