namespace Vlm.Rewards;

/// <summary>F1 of a list of points against the boxes of the objects: 2 hits / (points + objects).</summary>
/// <remarks>
/// A point hits an object whose box it lies in, edges included, and whose label it has where both have one; each hits one object at most, in
/// the pairing that hits most of them. As a reward of pointing: Deitke et al. 2024 (Molmo, PixMo-Points), arXiv:2409.17146, where a
/// segment takes the place of the box. More points than objects cost.
/// </remarks>
public static class PointF1
{
    /// <summary>F1 of points, 0 to 1; no point where no object is earns 1.</summary>
    /// <param name="points">x and y, with a label or an empty one.</param>
    /// <param name="truths">The objects.</param>
    public static double Of(IReadOnlyList<(double X, double Y, string Label)> points, IReadOnlyList<LabelledBox> truths)
    {
        if (points.Count + truths.Count == 0)
            return 1;
        int[] owner = [.. Enumerable.Repeat(-1, points.Count)];
        int hits = Enumerable.Range(0, truths.Count).Count(truth => Give(truth, new bool[points.Count]));
        return 2.0 * hits / (points.Count + truths.Count);

        // An augmenting path: a point that is free, or one whose object finds another.
        bool Give(int truth, bool[] seen)
        {
            for (int i = 0; i < points.Count; i++)
                if (!seen[i] && Lies(points[i], truths[truth]))
                {
                    seen[i] = true;
                    if (owner[i] < 0 || Give(owner[i], seen))
                    {
                        owner[i] = truth;
                        return true;
                    }
                }

            return false;
        }
    }

    /// <summary>F1 of the points that an answer names: <c>[{"point_2d": [x, y], "label": ...}]</c>, <c>(x, y), (x, y)</c> and their like.</summary>
    /// <exception cref="ArgumentException">A true box has no area or leaves its frame.</exception>
    public static Score Score(Answer answer, Truth.Boxes truth)
    {
        AnsweredDetections.Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        text = AnsweredDetections.Unfenced(text);
        if (AnsweredDetections.SaysNothing(text))
            return new(Of([], truth.Items), "no points");
        (double X, double Y, string Label)[] points = [.. Points(text, truth)];
        return points.Length == 0 ? Rewards.Score.Zero("no points")
            : new(Of(points, truth.Items), $"{points.Length} points for {truth.Items.Count} objects");
    }

    private static IEnumerable<(double X, double Y, string Label)> Points(string text, Truth.Boxes truth)
    {
        if (text.Contains('{', StringComparison.Ordinal))
            return ObjectText.Read(text).Where(one => one.Numbers is { Length: 2 }).Select(one => one.IsYFirst
                ? (one.Numbers![1], one.Numbers[0], one.Label) : (one.Numbers![0], one.Numbers[1], one.Label));
        return BoxText.Points(text, AnsweredDetections.In(truth)).Select(point => (point[0], point[1], ""));
    }

    private static bool Lies((double X, double Y, string Label) point, LabelledBox truth)
    {
        Box box = truth.Box;
        return point.X >= box.X1 && point.X <= box.X2 && point.Y >= box.Y1 && point.Y <= box.Y2
            && (point.Label.Length == 0 || new Detection(default, point.Label).IsCalled(truth));
    }
}
