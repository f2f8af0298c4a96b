using System.Globalization;

namespace Vlm.Rewards;

/// <summary>Finds the box, or the point, that a completion answers with.</summary>
/// <remarks>
/// <para>The completion is read in the frame of the truth. A box is four numbers in brackets, <c>[x1, y1, x2, y2]</c>, alone, nested or
/// inside JSON (<c>bbox_2d</c>, <c>bbox</c>, <c>box</c>); two corners, <c>(x1,y1),(x2,y2)</c>, as Qwen2-VL writes them with or without
/// its <c>&lt;|box_start|&gt;</c>; fields <c>x1 .. y2</c>, <c>x0 .. y1</c>, <c>xmin .. ymax</c>, <c>left .. bottom</c>, or <c>x, y, width,
/// height</c>; <c>&lt;box&gt;</c> tags; the tokens of Florence-2, PaliGemma and Kosmos-2; or, where nothing of these is there, two corners in
/// words, or four numbers in a row. Gemini's <c>box_2d</c> has y first. Numbers are any that Python prints, below ten million.</para>
/// <para>A box may pass the border of the frame by <see cref="Overshoot"/> of that side: it is clipped, and what was clipped still
/// counts as covered, so that overshooting never pays. No answer are: two boxes that differ, a box without area or inverted, one that
/// leaves the frame by more, and a box around almost the whole image (over 95 % of the frame) where the truth covers less than half of
/// it.</para>
/// </remarks>
public static class AnsweredBox
{
    /// <summary>How far a box may pass the border, as a share of the frame's side.</summary>
    public const double Overshoot = 0.05;

    internal const double Rounding = 1e-9;

    private const double WholeImage = 0.95, SmallTruth = 0.5;

    /// <summary>The answered box in the frame of the truth, not clipped; or null and why there is none.</summary>
    public static (Box? Box, string Problem) Read(string completion, Truth.Region truth) =>
        Read(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Read(string, Truth.Region)"/>
    public static (Box? Box, string Problem) Read(Answer answer, Truth.Region truth)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return (null, answer.Problem);
        if (!Only(BoxText.Boxes(text, truth), "box", out double[] edges, out string problem))
            return (null, problem);

        var box = new Box(edges[0], edges[1], edges[2], edges[3]);
        return Fault(box, truth) is { } fault ? (null, fault) : (box, "");
    }

    /// <summary>
    /// The answered point in the frame of the truth, <c>[x, y]</c>, <c>(x, y)</c>, <c>point_2d</c>, <c>x=.., y=..</c>; or null and
    /// why there is none.
    /// </summary>
    public static ((double X, double Y)? Point, string Problem) ReadPoint(string completion, Truth.Region truth) =>
        ReadPoint(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="ReadPoint(string, Truth.Region)"/>
    public static ((double X, double Y)? Point, string Problem) ReadPoint(Answer answer, Truth.Region truth)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return (null, answer.Problem);
        return Only(BoxText.Points(text, truth), "point", out double[] point, out string problem)
            ? ((point[0], point[1]), "") : (null, problem);
    }

    /// <summary>Every box that a text names, in the order they are named: each as it stands, in no frame.</summary>
    /// <param name="text">An answer, or what a data set holds: <c>[{"bbox_2d": [10, 20, 30, 40], "label": "cat"}]</c>.</param>
    public static IReadOnlyList<Box> All(string text) =>
        [.. BoxText.Boxes(text, null).Select(edges => new Box(edges[0], edges[1], edges[2], edges[3]))];

    /// <summary>True where a box passes the border of the frame, rounding aside.</summary>
    internal static bool Leaves(Box box, Truth.Region truth, double share = Rounding) =>
        box.X1 < -share * truth.Width || box.Y1 < -share * truth.Height
        || box.X2 > truth.Width * (1 + share) || box.Y2 > truth.Height * (1 + share);

    private static string? Fault(Box box, Truth.Region truth)
    {
        if (box.X2 < box.X1 || box.Y2 < box.Y1)
            return "the box is inverted";
        if (box.Area <= 0)
            return "the box has no area";
        if (Leaves(box, truth, Overshoot + Rounding))
            return "the box leaves the frame";
        double frame = truth.Width * truth.Height;
        return box.Area > WholeImage * frame && truth.Box.Area < SmallTruth * frame
            ? "the box is the whole image" : null;
    }

    // One answer: all that were found say the same.
    private static bool Only(List<double[]> found, string what, out double[] numbers, out string problem)
    {
        (numbers, problem) = ([], $"no {what}");
        foreach (double[] these in found)
        {
            if (numbers.Length > 0 && !these.AsSpan().SequenceEqual(numbers))
            {
                problem = "several answers that differ";
                return false;
            }

            numbers = these;
        }

        return numbers.Length > 0;
    }

    internal static void Check(Truth.Region truth)
    {
        Box box = truth.Box;
        if (!(truth.Width > 0 && truth.Height > 0 && double.IsFinite(truth.Width * truth.Height)))
            throw new ArgumentException($"the frame of the true box is {truth.Width} x {truth.Height}", nameof(truth));
        if (!(box.Area > 0 && double.IsFinite(box.Area)))
            throw new ArgumentException($"the true box {Show(box)} has no area", nameof(truth));
        if (Leaves(box, truth))
            throw new ArgumentException(
                $"the true box {Show(box)} leaves its frame {truth.Width} x {truth.Height}", nameof(truth));
    }

    private static string Show(Box box) =>
        string.Create(CultureInfo.InvariantCulture, $"[{box.X1:R}, {box.Y1:R}, {box.X2:R}, {box.Y2:R}]");
}
