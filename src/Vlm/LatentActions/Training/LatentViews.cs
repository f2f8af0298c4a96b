namespace Vlm.LatentActions;

/// <summary>Which of the base's two readings of a sequence a batch holds.</summary>
[Flags]
public enum LatentViews
{
    /// <summary>Without the pixels; image placeholders stay as tokens.</summary>
    TextOnly = 1,

    /// <summary>With the pixels: the paired view.</summary>
    WithImage = 2,

    /// <summary>Both, aligned token by token.</summary>
    Both = TextOnly | WithImage,
}

/// <summary>Which views each stage needs, so that no other is computed.</summary>
public static class LatentStageViews
{
    /// <summary>The views of pairs that a stage's loss needs. Text-only data has only <see cref="LatentViews.TextOnly"/>.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="objective">Whether the joint stage trains the projectors, which compare both views.</param>
    public static LatentViews OfPairs(this LatentStage stage, LatentObjective objective) =>
        stage == LatentStage.Cycle || (stage == LatentStage.Joint && objective.ProjectText)
            ? LatentViews.Both : LatentViews.WithImage;
}
