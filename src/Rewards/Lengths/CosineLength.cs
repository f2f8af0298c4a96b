namespace Vlm.Rewards;

/// <summary>A reward for being right that depends on the length: a right answer earns more the shorter it is, a wrong one loses less the longer it is.</summary>
/// <remarks>
/// <code>
/// long + (short - long) x (1 + cos(pi x min(length / most, 1))) / 2
/// </code>
/// with the two values of right answers or of wrong ones. Yeo et al. 2025, arXiv:2502.03373, section 4.1. The peers differ in the values.
/// Beyond the longest length the cosine stays, where ms-swift's and VLM-R1's rises again; and correctness is the answer's own, where
/// VLM-R1's code takes every answer for right.
/// </remarks>
/// <param name="ShortRight">A right answer of no length.</param>
/// <param name="LongRight">A right answer of the longest.</param>
/// <param name="ShortWrong">A wrong answer of no length.</param>
/// <param name="LongWrong">A wrong answer of the longest.</param>
/// <param name="Most">The longest length, in tokens; above 0.</param>
public sealed record CosineLength(double ShortRight, double LongRight, double ShortWrong, double LongWrong, double Most)
{
    /// <summary>TRL's get_cosine_scaled_reward, over 1000 tokens.</summary>
    public static CosineLength Trl { get; } = new(1, 0.5, -1, -0.5, 1000);

    /// <summary>ms-swift's CosineReward.</summary>
    public static CosineLength MsSwift { get; } = new(1, 0.5, -0.5, 0, 1000);

    /// <summary>VLM-R1's cosine_reward.</summary>
    public static CosineLength VlmR1 { get; } = new(1, 0.5, 0, -0.5, 1024);

    /// <summary>The reward.</summary>
    /// <param name="length">Of the completion, in tokens.</param>
    /// <param name="isRight">The answer is right.</param>
    public double Of(int length, bool isRight)
    {
        (double first, double last) = isRight ? (ShortRight, LongRight) : (ShortWrong, LongWrong);
        return last + (0.5 * (first - last) * (1 + Math.Cos(Math.PI * Math.Min(length / Most, 1))));
    }

    /// <summary>The reward of an answer; the kind of its truth says whether it is right.</summary>
    public Score Score(Answer answer, Truth truth)
    {
        var length = AnswerLength.Of(answer);
        bool isRight = truth.Kind.Accuracy.Compute(answer, truth).Value >= 1;
        return new(Of(length.Count, isRight), $"{(isRight ? "right" : "wrong")}, {length}");
    }
}
