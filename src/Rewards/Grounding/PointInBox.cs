namespace Vlm.Rewards;

/// <summary>1 where the answered point lies in the true box, edges included.</summary>
public static class PointInBox
{
    /// <summary>Looks where the point lies that <see cref="AnsweredBox.ReadPoint(Answer, Truth.Region)"/> finds.</summary>
    /// <exception cref="ArgumentException">The true box is empty or leaves its frame.</exception>
    public static Score Score(string completion, Truth.Region truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Score(string, Truth.Region)"/>
    public static Score Score(Answer answer, Truth.Region truth)
    {
        (var point, string problem) = AnsweredBox.ReadPoint(answer, truth);
        if (point is not { } at)
            return Rewards.Score.Zero(problem);
        Box box = truth.Box;
        return at.X >= box.X1 && at.X <= box.X2 && at.Y >= box.Y1 && at.Y <= box.Y2
            ? Rewards.Score.One("inside") : Rewards.Score.Zero("the point is outside the box");
    }
}
