namespace Vlm.Rewards;

/// <summary>Finds boxes and points in a text, in every published form; in one pass for each form.</summary>
internal static class BoxText
{
    private const int ShortGap = 24, LongGap = 64;
    private const string YFirst = "box_2d";

    /// <summary>The boxes named: x1, y1, x2, y2 each.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="truth">Gives the frame that thousandths are brought to; null leaves them, and takes no form for which there is no sign.</param>
    public static List<double[]> Boxes(string text, Truth.Region? truth)
    {
        List<double[]> boxes = Marked(text, truth, out List<NumberGroup> groups);
        if (boxes.Count > 0 || truth is null)
            return boxes;
        string plain = PlainText.Of(text);
        if (plain != text)
            boxes = Marked(plain, truth, out groups);
        return boxes.Count > 0 || !plain.AsSpan().ContainsAnyInRange('0', '9') ? boxes : Unmarked(plain, groups);
    }

    private static List<double[]> Marked(string text, Truth.Region? truth, out List<NumberGroup> groups)
    {
        groups = CoordinateText.Groups(text);
        List<double[]> boxes = CoordinateKeys.Read(text, numbers: 4);
        LocationTokens.Add(text, truth, 4, boxes);
        for (int i = 0; i < groups.Count; i++)
            if (groups[i].Numbers is [var first, var second, var third, var fourth])
            {
                boxes.Add(IsYFirst(text, groups[i].Start) ? [second, first, fourth, third] : groups[i].Numbers);
            }
            else if (i + 1 < groups.Count && AreCorners(text, groups[i], groups[i + 1]))
            {
                boxes.Add([.. groups[i].Numbers, .. groups[i + 1].Numbers]);
                i++;
            }

        return boxes.Count == 0 && CoordinateText.Whole(text) is { Length: 4 } bare ? [bare] : boxes;
    }

    /// <summary>The points named: x, y each.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="truth">Gives the frame that thousandths are brought to.</param>
    public static List<double[]> Points(string text, Truth.Region truth)
    {
        List<double[]> points = MarkedPoints(text, truth);
        if (points.Count > 0)
            return points;
        string plain = PlainText.Of(text);
        points = plain == text ? points : MarkedPoints(plain, truth);
        return points.Count > 0 ? points : CoordinateText.Runs(plain, 2);
    }

    private static List<double[]> MarkedPoints(string text, Truth.Region truth)
    {
        List<double[]> points = CoordinateKeys.Read(text, numbers: 2);
        LocationTokens.Add(text, truth, 2, points);
        foreach (NumberGroup group in CoordinateText.Groups(text))
            if (group.Numbers.Length == 2)
                points.Add(group.Numbers);
        return points.Count == 0 && CoordinateText.Whole(text) is { Length: 2 } bare ? [bare] : points;
    }

    // Two corners with words between them, or four numbers in a row.
    private static List<double[]> Unmarked(string text, List<NumberGroup> groups)
    {
        NumberGroup[] pairs = [.. groups.Where(group => group.Numbers.Length == 2)];
        if (pairs is [var first, var second] && text.AsSpan(first.End..second.Start) is { Length: <= LongGap } between
            && !between.ContainsAnyInRange('0', '9'))
            return [[.. first.Numbers, .. second.Numbers]];
        return CoordinateKeys.Read(text, numbers: 2) is [var one, var other] ? [[.. one, .. other]] : CoordinateText.Runs(text, 4);
    }

    // Gemini's "box_2d": [ymin, xmin, ymax, xmax]; Qwen's "bbox_2d" is another key.
    private static bool IsYFirst(ReadOnlySpan<char> text, int start)
    {
        ReadOnlySpan<char> before = text[Math.Max(0, start - ShortGap)..start].TrimEnd(" :=\"'[\n\t");
        return before.EndsWith(YFirst) && !(before.Length > YFirst.Length && char.IsLetterOrDigit(before[^(YFirst.Length + 1)]));
    }

    // (x1,y1),(x2,y2): two pairs with nothing between them but a comma, or the name of the second corner.
    private static bool AreCorners(string text, NumberGroup first, NumberGroup second) =>
        first.Numbers.Length == 2 && second.Numbers.Length == 2 && IsGap(text.AsSpan(first.End..second.Start));

    private static bool IsGap(ReadOnlySpan<char> between)
    {
        if (between.Length > ShortGap)
            return false;
        ReadOnlySpan<char> said = between.Trim(" ,\n\"':");
        return said.IsEmpty || said is "to" or "and" or "-" or "->" or "bottom_right" or "bottom-right" or "bottom right";
    }
}
