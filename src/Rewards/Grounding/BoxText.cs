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
    public static IEnumerable<double[]> Boxes(string text, Truth.Region? truth)
    {
        List<NumberGroup> groups = CoordinateText.Groups(text);
        List<double[]> boxes = [.. groups.Where(group => group.Numbers.Length == 4).Select(group => group.Numbers)];
        boxes.AddRange(Corners(text, groups));
        boxes.AddRange(CoordinateKeys.Read(text).Where(named => named.Length == 4));
        boxes.AddRange(Locations(text, truth));
        return boxes.Count == 0 && CoordinateText.Whole(text) is { Length: 4 } bare ? [bare] : boxes;
    }

    /// <summary>The points named: x, y each.</summary>
    public static IEnumerable<double[]> Points(string text)
    {
        List<double[]> points =
            [.. CoordinateText.Groups(text).Where(group => group.Numbers.Length == 2).Select(group => group.Numbers)];
        points.AddRange(CoordinateKeys.Read(text).Where(named => named.Length == 2));
        return points.Count == 0 && CoordinateText.Whole(text) is { Length: 2 } bare ? [bare] : points;
    }

    // (x1,y1),(x2,y2): two pairs with nothing between them but a comma, or the name of the second corner.
    private static IEnumerable<double[]> Corners(string text, List<NumberGroup> groups)
    {
        for (int i = 0; i + 1 < groups.Count; i++)
            if (groups[i].Numbers.Length == 2 && groups[i + 1].Numbers.Length == 2
                && IsGap(text.AsSpan(groups[i].End..groups[i + 1].Start)))
            {
                yield return [.. groups[i].Numbers, .. groups[i + 1].Numbers];
                i++;
            }
    }

    private static bool IsGap(ReadOnlySpan<char> between)
    {
        if (between.Length > LongestGap)
            return false;
        ReadOnlySpan<char> said = between.Trim(" ,\n\"':");
        return said.IsEmpty || said is "to" or "and" or "-" or "bottom_right" or "bottom-right" or "bottom right";
    }

    // <loc_10><loc_20><loc_30><loc_40>, as Florence-2 (arXiv:2311.06242) has them, in thousandths of the image.
    private static IEnumerable<double[]> Locations(string text, Truth.Region? truth)
    {
        (double width, double height) = truth is null ? (Thousand, Thousand) : (truth.Width, truth.Height);
        var run = new List<double>();
        for (int at = 0; (at = text.IndexOf(Location, at, StringComparison.Ordinal)) >= 0;)
        {
            at += Location.Length;
            if (!CoordinateText.TryNumber(text, ref at, out double value))
                continue;
            run.Add(value * (run.Count % 2 == 0 ? width : height) / Thousand);
            if (run.Count < 4)
                continue;
            yield return [.. run];
            run.Clear();
        }
    }
}
