using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Finds the box, or the point, that a completion answers with.</summary>
/// <remarks>
/// The completion is read in the frame of the truth. A box is four numbers, <c>[x1, y1, x2, y2]</c>, alone or inside
/// JSON (<c>{"box": [...]}</c>, <c>{"bbox_2d": [...]}</c>), a code block or answer tags. No answer are: two boxes that
/// differ, a box without area or inverted, a box that leaves the frame, and a box around almost the whole image (over
/// 95 % of the frame) where the truth covers less than half of it.
/// </remarks>
public static partial class AnsweredBox
{
    internal const double Rounding = 1e-9;

    private const double WholeImage = 0.95, SmallTruth = 0.5;

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

    /// <summary>The answered point, <c>[x, y]</c> or <c>(x, y)</c>, in the frame of the truth; or null and why there is none.</summary>
    public static ((double X, double Y)? Point, string Problem) ReadPoint(string completion, Truth.Region truth)
    {
        Check(truth);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return (null, problem);
        return Only(Point().Matches(answer), "point", out double[] point, out problem)
            ? ((point[0], point[1]), "") : (null, problem);
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
