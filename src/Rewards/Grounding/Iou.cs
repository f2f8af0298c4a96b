namespace Vlm.Rewards;

/// <summary>Intersection over union of the answered box and the true box: 1 the same, 0 apart.</summary>
public static class Iou
{
    internal const string Reason = "iou", ClippedReason = "iou, clipped";

    /// <summary>Measures the box that <see cref="AnsweredBox"/> finds; 0 where it finds none.</summary>
    /// <example>Answered [0, 0, 10, 10], true [5, 0, 15, 10]: 50 shared of 150 covered, 0.333.</example>
    /// <exception cref="ArgumentException">The true box is empty or leaves its frame.</exception>
    public static Score Score(string completion, Truth.Region truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Score(string, Truth.Region)"/>
    public static Score Score(Answer answer, Truth.Region truth)
    {
        (Box? answered, string problem) = AnsweredBox.Read(answer, truth);
        return answered is { } box
            ? new(Overlap(box, truth.Box), AnsweredBox.Leaves(box, truth) ? ClippedReason : Reason) : Rewards.Score.Zero(problem);
    }

    /// <summary>Intersection over union of two boxes; 0 where either has no area.</summary>
    public static double Overlap(Box a, Box b)
    {
        double shared = a.Intersect(b).Area;
        return shared > 0 ? shared / (a.Area + b.Area - shared) : 0;
    }
}
