namespace Vlm.Rewards;

/// <summary>ScreenSpot, v2 and Pro: the click lands in the element's box, its border included.</summary>
/// <remarks>
/// Cheng et al. 2024, arXiv:2401.10935, section 4. Official: njucckevin/SeeClick, pretrain/screenspot_test.py and process_utils.py:
/// where the answer has the word "box", the centre of Qwen-VL's first box in thousandths; else its two numbers, or the centre of its
/// four, as shares of the image; any other count is a wrong format. lmms-eval, lmms_eval/tasks/screenspot_v2/utils.py: the centre of a
/// bbox tag, else the first pair in brackets, else "x" and "y" with numbers, else the first numbers: four where a word such as "box" is
/// there. So a bare [x1, y1, x2, y2] is read as its top left corner. VLMEvalKit, vlmeval/dataset/GUI/screenspot.py: only "x=1, y=2";
/// anything else clicks (0, 0). Both harnesses take a point with a number above 1 for pixels. The true box is x, y, width, height in
/// pixels; VLMEvalKit ends it one pixel earlier. v1 in lmms-eval (screenspot/utils_rec.py) measures boxes, and is not followed.
/// </remarks>
public static class ScreenSpot
{
    /// <summary>The true box as shares of the image.</summary>
    /// <param name="numbers">The element: x, y, width, height in pixels; see <paramref name="mode"/> for what else it may be.</param>
    /// <param name="size">Of the image in pixels.</param>
    /// <param name="mode">
    /// Whose rules. lmms-eval takes numbers that are all at most 1 for x1, y1, x2, y2 as shares, and numbers of which the last two are
    /// larger than the first two for x1, y1, x2, y2 in pixels.
    /// </param>
    /// <exception cref="ArgumentException">They are not four.</exception>
    public static Box Element(IReadOnlyList<double> numbers, Extent size, ScoringMode mode = ScoringMode.Official)
    {
        if (numbers is not [var x, var y, var width, var height])
            throw new ArgumentException($"an element's box is four numbers, and not {numbers.Count}", nameof(numbers));
        if (mode == ScoringMode.VlmEvalKit)
            return Share(AtLeast0(x), AtLeast0(y), AtLeast0(x + width - 1), AtLeast0(y + height - 1));
        if (mode == ScoringMode.LmmsEval && width >= x && height >= y && numbers.All(number => number is >= 0 and <= 1))
            return new(x, y, width, height);
        return mode == ScoringMode.LmmsEval && width > x && height > y ? Share(x, y, width, height) : Share(x, y, x + width, y + height);

        Box Share(double x1, double y1, double x2, double y2) => new(x1 / size.Width, y1 / size.Height, x2 / size.Width, y2 / size.Height);
    }

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="element">The element's box, as <see cref="Element"/> takes it.</param>
    /// <param name="size">Of the image in pixels.</param>
    /// <param name="mode">Whose rules.</param>
    /// <exception cref="ArgumentException">The box is not four numbers.</exception>
    public static Score Score(string answer, IReadOnlyList<double> element, Extent size, ScoringMode mode = ScoringMode.Official)
    {
        Box box = Element(element, size, mode);
        ClickPoint point = ClickPoint.Read(answer, mode);
        if (!point.IsParsed && !(mode == ScoringMode.VlmEvalKit && Contains(box, 0, 0)))
            return Unparsed.Because("no point to click");
        bool isPixels = mode != ScoringMode.Official && (point.X > 1 || point.Y > 1);
        (double x, double y) = isPixels ? (point.X / size.Width, point.Y / size.Height) : (point.X, point.Y);
        return Contains(box, x, y) ? Rewards.Score.One("inside") : Rewards.Score.Zero("outside");
    }

    private static bool Contains(Box box, double x, double y) => box.X1 <= x && x <= box.X2 && box.Y1 <= y && y <= box.Y2;

    // VLMEvalKit's make_safe: an edge of -1 is 0.
    private static double AtLeast0(double edge) => edge == -1 ? 0 : edge;
}
