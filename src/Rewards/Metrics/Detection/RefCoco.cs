using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>RefCOCO's accuracy at 0.5: the answered box overlaps the true one by an IoU of at least one half.</summary>
/// <remarks>
/// Yu et al. 2016, arXiv:1608.00272, section 5; boxes are x1, y1, x2, y2 and a box's width is x2 - x1, without a pixel more. The paper
/// reads no texts: official takes the box as <see cref="AnsweredBox"/> does, in the frame of the truth, which is `acc@0.5`.
/// lmms-eval, lmms_eval/tasks/refcoco/utils_rec.py: the first [a, b, c, d], as shares of the image. VLMEvalKit,
/// vlmeval/dataset/refcoco.py: the first four numbers in square brackets, parted by commas or spaces, else the first four anywhere; up
/// to 1.5 they are shares of the image, up to 1000 thousandths, above that pixels; clipped to the image, and turned where inverted.
/// Its table takes the mean over eight splits; a score for each answer is here.
/// </remarks>
public static partial class RefCoco
{
    private const double Least = 0.5, LargestShare = 1.5, LargestThousandth = 1000;
    private const string Number = @"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", Gap = @"(?:\s*,\s*|\s+)";

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true box; in pixels of the image for the harnesses.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, Truth.Region truth, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.Official)
        {
            Answer read = AnswerFormat.Auto.Read(answer);
            (Box? found, string problem) = AnsweredBox.Read(read, truth);
            return found is null ? Unparsed.Because(problem) : IouHit.Score(read, truth);
        }

        // lmms-eval compares shares of the image, which round otherwise than pixels do.
        bool isShare = mode == ScoringMode.LmmsEval;
        (double width, double height) = isShare ? (truth.Width, truth.Height) : (1, 1);
        var right = new Box(truth.Box.X1 / width, truth.Box.Y1 / height, truth.Box.X2 / width, truth.Box.Y2 / height);
        return (isShare ? Shares(answer) : Guessed(answer, truth)) is not { } said ? Unparsed.Because("no box of four numbers")
            : Iou.Overlap(said, right) is var iou && iou >= Least
            ? Rewards.Score.One("hit") : Rewards.Score.Zero(string.Create(CultureInfo.InvariantCulture, $"iou {iou:0.000} is below 0.5"));
    }

    private static Box? Shares(string answer) =>
        BoxNumbers.Of(FourShares().Match(answer)) is [var x1, var y1, var x2, var y2] ? new Box(x1, y1, x2, y2) : null;

    private static Box? Guessed(string answer, Truth.Region truth)
    {
        double[]? said = BoxNumbers.Of(FourNumbers().Match(answer)) ?? BoxNumbers.Of(AnyNumber().Matches(answer));
        if (said is not [var x1, var y1, var x2, var y2, ..])
            return null;
        double largest = said.Take(4).Max(Math.Abs);
        double part = largest <= LargestShare ? 1 : LargestThousandth;
        Box box = largest > LargestThousandth
            ? new(x1, y1, x2, y2) : new Box(x1 / part, y1 / part, x2 / part, y2 / part).Scale(truth.Width, truth.Height);
        (double left, double right) = (Math.Clamp(box.X1, 0, truth.Width), Math.Clamp(box.X2, 0, truth.Width));
        (double top, double bottom) = (Math.Clamp(box.Y1, 0, truth.Height), Math.Clamp(box.Y2, 0, truth.Height));
        return new(Math.Min(left, right), Math.Min(top, bottom), Math.Max(left, right), Math.Max(top, bottom));
    }

    [GeneratedRegex(@"\[\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)\s*\]")]
    private static partial Regex FourShares();

    [GeneratedRegex(@"\[\s*(" + Number + ")" + Gap + "(" + Number + ")" + Gap + "(" + Number + ")" + Gap + "(" + Number + @")\s*\]")]
    private static partial Regex FourNumbers();

    [GeneratedRegex(Number)]
    private static partial Regex AnyNumber();
}
