using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Rewards for completions that point at something.</summary>
/// <remarks>
/// The completion is read in the frame of the truth. A box is four numbers, <c>[x1, y1, x2, y2]</c>, alone or inside
/// JSON (<c>{"box": [...]}</c>, <c>{"bbox_2d": [...]}</c>), a code block or answer tags. No answer are: two boxes that
/// differ, a box without area or inverted, a box that leaves the frame, and a box around almost the whole image (over
/// 95 % of the frame) where the truth covers less than half of it.
/// </remarks>
public static partial class BoxReward
{
    private const double WholeImage = 0.95, SmallTruth = 0.5, Rounding = 1e-9;

    /// <summary>Intersection over union of the answered box and the true box: 1 the same, 0 apart.</summary>
    /// <example>Answered [0, 0, 10, 10], true [5, 0, 15, 10]: 50 shared of 150 covered, 0.333.</example>
    public static Score Iou(string completion, Truth.Region truth)
    {
        (Box? answered, string problem) = Read(completion, truth);
        return answered is { } box ? new(Overlap(box, truth.Box), "iou") : Score.Zero(problem);
    }

    /// <summary>
    /// 1 where the intersection over union reaches the threshold, which counts as reached when equal.
    /// </summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">The true box with its frame.</param>
    /// <param name="threshold">Above 0, at most 1; one half is the accuracy that RefCOCO reports.</param>
    public static Score HitAt(string completion, Truth.Region truth, double threshold = 0.5)
    {
        if (!(threshold is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "must be above 0, at most 1");

        Score iou = Iou(completion, truth);
        if (iou.Value >= threshold - Rounding)
            return Score.One("hit");
        if (iou.Reason != "iou")
            return iou;
        return Score.Zero(
            string.Create(CultureInfo.InvariantCulture, $"iou {iou.Value:0.000} is below {threshold:0.##}"));
    }

    /// <summary>
    /// 1 where the answered point, <c>[x, y]</c> or <c>(x, y)</c>, lies in the true box, edges included.
    /// </summary>
    public static Score PointIn(string completion, Truth.Region truth)
    {
        Check(truth);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Score.Zero(problem);
        if (!Only(Point().Matches(answer), "point", out double[] point, out problem))
            return Score.Zero(problem);

        (double x, double y, Box box) = (point[0], point[1], truth.Box);
        return x >= box.X1 && x <= box.X2 && y >= box.Y1 && y <= box.Y2
            ? Score.One("inside") : Score.Zero("the point is outside the box");
    }

    /// <summary>Intersection over union of two boxes; 0 where either has no area.</summary>
    public static double Overlap(Box a, Box b)
    {
        double shared = a.Intersect(b).Area;
        return shared > 0 ? shared / (a.Area + b.Area - shared) : 0;
    }

    /// <summary>The answered box in the frame of the truth; or null and why there is none.</summary>
    public static (Box? Box, string Problem) Read(string completion, Truth.Region truth)
    {
        Check(truth);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return (null, problem);
        if (!Only(Quad().Matches(answer), "box", out double[] edges, out problem))
            return (null, problem);

        var box = new Box(edges[0], edges[1], edges[2], edges[3]);
        return Fault(box, truth) is { } fault ? (null, fault) : (box, "");
    }

    private static string? Fault(Box box, Truth.Region truth)
    {
        if (box.X2 < box.X1 || box.Y2 < box.Y1)
            return "the box is inverted";
        if (box.Area <= 0)
            return "the box has no area";
        if (Leaves(box, truth))
            return "the box leaves the frame";
        double frame = truth.Width * truth.Height;
        return box.Area > WholeImage * frame && truth.Box.Area < SmallTruth * frame
            ? "the box is the whole image" : null;
    }

    private static bool Leaves(Box box, Truth.Region truth) =>
        box.X1 < -Slack(truth.Width) || box.Y1 < -Slack(truth.Height)
        || box.X2 > truth.Width + Slack(truth.Width) || box.Y2 > truth.Height + Slack(truth.Height);

    private static double Slack(double extent) => Rounding * extent;

    // One answer: all that were found say the same.
    private static bool Only(MatchCollection found, string what, out double[] numbers, out string problem)
    {
        (numbers, problem) = ([], $"no {what}");
        foreach (Match match in found)
        {
            double[] these = [.. match.Groups["n"].Captures.Select(Value)];
            if (numbers.Length > 0 && !these.AsSpan().SequenceEqual(numbers))
            {
                problem = "several answers that differ";
                return false;
            }

            numbers = these;
        }

        return numbers.Length > 0;
    }

    private static double Value(Capture number) => double.Parse(number.ValueSpan, CultureInfo.InvariantCulture);

    private static void Check(Truth.Region truth)
    {
        Box box = truth.Box;
        if (!(truth.Width > 0 && truth.Height > 0 && double.IsFinite(truth.Width * truth.Height)))
            throw new ArgumentException($"the frame of the true box is {truth.Width} x {truth.Height}", nameof(truth));
        if (!(box.Area > 0 && double.IsFinite(box.Area)))
            throw new ArgumentException($"the true box {box} has no area", nameof(truth));
        if (Leaves(box, truth))
            throw new ArgumentException(
                $"the true box {box} leaves its frame {truth.Width} x {truth.Height}", nameof(truth));
    }

    // [0-9] and not \d, which also matches digits that double.Parse refuses; seven of them, so that no area is
    // infinite.
    private const string N = @"\s*(?<n>-?[0-9]{1,7}(?:\.[0-9]{1,12})?)\s*";

    [GeneratedRegex($@"\[{N},{N},{N},{N}\]")]
    private static partial Regex Quad();

    [GeneratedRegex($@"\[{N},{N}\]|\({N},{N}\)")]
    private static partial Regex Point();
}
