namespace Vlm.Rewards;

/// <summary>The reward of GUI-G1: the middle of the box lies in the true one, the boxes overlap, and the edges are near.</summary>
/// <remarks>
/// <code>
/// R = 1 x [centre of the box within the true box] + 0.25 x IoU + 0.125 x R_box
/// R_box = 4 / sum over the edges of 1 / (1 - |difference| / side of the frame)
/// </code>
/// Zhou et al. 2025, arXiv:2505.15810, section 4.2; github.com/Yuqi-Zhou/GUI-G1 at e581fe9, grpo_rec.py. Each factor of R_box is at least
/// 1e-6: the published code divides by 0 where an edge is a whole side away. The box is read as <see cref="AnsweredBox"/> does, where the
/// published code takes the first of several. Differences and sides are of one frame, whichever the truth has.
/// </remarks>
public static class GuiG1
{
    private const double OverlapWeight = 0.25, EdgesWeight = 0.125, Least = 1e-6;

    /// <summary>The most that <see cref="Score"/> gives.</summary>
    public const double High = 1 + OverlapWeight + EdgesWeight;

    /// <summary>R, 0 to 1.375.</summary>
    public static Score Score(Answer answer, Truth.Region truth) => With(answer, truth, box =>
        (IsHit(box, truth.Box) ? 1 : 0) + (OverlapWeight * Iou.Overlap(box, truth.Box)) + (EdgesWeight * Edges(box, truth)));

    /// <summary>1 where the middle of the box lies in the true box, its edges included.</summary>
    public static Score HitScore(Answer answer, Truth.Region truth) => With(answer, truth, box => IsHit(box, truth.Box) ? 1 : 0);

    /// <summary>R_box, 0 to 1.</summary>
    public static Score EdgesScore(Answer answer, Truth.Region truth) => With(answer, truth, box => Edges(box, truth));

    /// <summary>True where the middle of a box lies in another, its edges included.</summary>
    public static bool IsHit(Box box, Box truth)
    {
        (double x, double y) = ((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2);
        return x >= truth.X1 && x <= truth.X2 && y >= truth.Y1 && y <= truth.Y2;
    }

    /// <summary>R_box of a box: the harmonic mean over its edges of how near they are, 1e-6 to 1.</summary>
    /// <param name="box">In the frame of the truth.</param>
    /// <param name="truth">The true box with its frame.</param>
    public static double Edges(Box box, Truth.Region truth)
    {
        return 4 / (Far(box.X1, truth.Box.X1, truth.Width) + Far(box.Y1, truth.Box.Y1, truth.Height)
            + Far(box.X2, truth.Box.X2, truth.Width) + Far(box.Y2, truth.Box.Y2, truth.Height));

        static double Far(double edge, double right, double side) => 1 / Math.Clamp(1 - (Math.Abs(edge - right) / side), Least, 1);
    }

    private static Score With(Answer answer, Truth.Region truth, Func<Box, double> measure)
    {
        (Box? answered, string problem) = AnsweredBox.Read(answer, truth);
        if (answered is not { } box)
            return Rewards.Score.Zero(problem);
        return new(measure(box), IsHit(box, truth.Box) ? "hit" : "the middle is outside the box");
    }
}
