namespace Vlm.Rewards;

/// <summary>1 where the completion ends in one <c>&lt;answer&gt;</c> pair with something in it, whatever it answers.</summary>
/// <remarks>Thinking may come before the pair; nothing but white space may come after. Case makes no difference.</remarks>
public static class AnswerTags
{
    /// <summary>Looks at the form of the completion.</summary>
    public static Score Score(string completion)
    {
        AnswerPart rest = Thinking.After(completion);
        if (rest.Text is not { } text)
            return Rewards.Score.Zero(rest.Problem);
        if (string.IsNullOrWhiteSpace(text))
            return Rewards.Score.Zero("the answer is empty");
        if (AnswerTag.Problem(text, out Range inside, out int after) is { } problem)
            return Rewards.Score.Zero(problem.Length > 0 ? problem : "no answer tags");
        if (text.AsSpan()[inside].IsWhiteSpace())
            return Rewards.Score.Zero("the answer is empty");
        return text.AsSpan(after).IsWhiteSpace()
            ? Rewards.Score.One("answer tags") : Rewards.Score.Zero("text after the answer");
    }
}
