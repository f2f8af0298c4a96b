namespace Vlm.Rewards;

/// <summary>Finds boxes and points in a text, in every published form; in one pass for each form.</summary>
internal static class BoxText
{
    private const string Location = "<loc_";
    private const double Thousand = 1000;
    private const int LongestGap = 24;

    /// <summary>The boxes named: x1, y1, x2, y2 each.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="truth">Gives the frame that thousandths are brought to; null leaves them.</param>
    public static List<double[]> Boxes(string text, Truth.Region? truth)
    {
        List<NumberGroup> groups = CoordinateText.Groups(text);
        List<double[]> boxes = CoordinateKeys.Read(text, numbers: 4);
        AddLocations(text, truth, boxes);
        for (int i = 0; i < groups.Count; i++)
            if (groups[i].Numbers.Length == 4)
            {
                boxes.Add(groups[i].Numbers);
            }
            else if (i + 1 < groups.Count && AreCorners(text, groups[i], groups[i + 1]))
            {
                boxes.Add([.. groups[i].Numbers, .. groups[i + 1].Numbers]);
                i++;
            }

        return boxes.Count == 0 && CoordinateText.Whole(text) is { Length: 4 } bare ? [bare] : boxes;
    }

    /// <summary>The points named: x, y each.</summary>
    public static List<double[]> Points(string text)
    {
        List<double[]> points = CoordinateKeys.Read(text, numbers: 2);
        foreach (NumberGroup group in CoordinateText.Groups(text))
            if (group.Numbers.Length == 2)
                points.Add(group.Numbers);
        return points.Count == 0 && CoordinateText.Whole(text) is { Length: 2 } bare ? [bare] : points;
    }

    // (x1,y1),(x2,y2): two pairs with nothing between them but a comma, or the name of the second corner.
    private static bool AreCorners(string text, NumberGroup first, NumberGroup second) =>
        first.Numbers.Length == 2 && second.Numbers.Length == 2 && IsGap(text.AsSpan(first.End..second.Start));

    private static bool IsGap(ReadOnlySpan<char> between)
    {
        if (between.Length > LongestGap)
            return false;
        ReadOnlySpan<char> said = between.Trim(" ,\n\"':");
        return said.IsEmpty || said is "to" or "and" or "-" or "bottom_right" or "bottom-right" or "bottom right";
    }

    // <loc_10><loc_20><loc_30><loc_40>, as Florence-2 (arXiv:2311.06242) has them, in thousandths of the image.
    private static void AddLocations(string text, Truth.Region? truth, List<double[]> boxes)
    {
        (double width, double height) = truth is null ? (Thousand, Thousand) : (truth.Width, truth.Height);
        double[] run = new double[4];
        for (int at = 0, count = 0; (at = text.IndexOf(Location, at, StringComparison.Ordinal)) >= 0;)
        {
            at += Location.Length;
            if (!CoordinateText.TryNumber(text, ref at, out double value))
                continue;
            run[count % 4] = value * (count % 2 == 0 ? width : height) / Thousand;
            if (++count % 4 == 0)
                boxes.Add([.. run]);
        }
    }
}
