namespace Vlm.LatentActions;

/// <summary>Which of the base's readings a batch carries.</summary>
[Flags]
public enum LatentViews
{
    /// <summary>Without the pixels.</summary>
    Blind = 1,

    /// <summary>With the pixels.</summary>
    Seen = 2,

    /// <summary>Both, token by token side by side.</summary>
    Both = Blind | Seen,
}

/// <summary>What each stage looks at, so that no more is read.</summary>
public static class LatentStageViews
{
    /// <summary>
    /// The views of pairs that a stage's loss looks at. Of text alone there is the blind one, and no other.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="objective">Whether the joint stage trains the projectors, which compare both.</param>
    public static LatentViews OfPairs(this LatentStage stage, LatentObjective objective) =>
        stage == LatentStage.Cycle || (stage == LatentStage.Joint && objective.ProjectText)
            ? LatentViews.Both : LatentViews.Seen;
}
