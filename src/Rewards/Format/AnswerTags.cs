namespace Vlm.Rewards;

/// <summary>1 where the completion ends in one <c>&lt;answer&gt;</c> pair with something in it, whatever it answers.</summary>
/// <remarks>Thinking may come before the pair; nothing but white space may come after.</remarks>
public static class AnswerTags
{
    /// <summary>Looks at the form of the completion.</summary>
    public static Score Score(string completion)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);
        if (!completion.Contains("<answer>", StringComparison.Ordinal))
            return Rewards.Score.Zero("no answer tags");
        return completion.AsSpan().TrimEnd().EndsWith("</answer>", StringComparison.Ordinal)
            ? Rewards.Score.One("answer tags") : Rewards.Score.Zero("text after the answer");
    }
}
