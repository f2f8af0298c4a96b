using System.Globalization;

namespace Vlm.Datasets;

/// <summary>One object a caption should name.</summary>
/// <param name="Size">"small" or "large".</param>
/// <param name="Color">"red", "green" ...</param>
/// <param name="Shape">"circle", "square" ...</param>
/// <param name="X">Horizontal centre as a share of the width: 0 left, 1 right.</param>
/// <param name="Y">Vertical centre as a share of the height: 0 top, 1 bottom.</param>
public sealed record CaptionObject(string Size, string Color, string Shape, double X, double Y)
{
    /// <summary>In tables: "small red circle 0.25 0.5; large blue square 0.75 0.125".</summary>
    internal static string Join(IEnumerable<CaptionObject> objects) => string.Join("; ", objects.Select(item => string.Create(
        CultureInfo.InvariantCulture, $"{item.Size} {item.Color} {item.Shape} {item.X:R} {item.Y:R}")));

    /// <summary>The objects of such a text; null where it is none.</summary>
    internal static CaptionObject[]? Split(string text)
    {
        CaptionObject?[] objects = [.. text.Split("; ").Select(Read)];
        return objects.Contains(null) ? null : [.. objects.OfType<CaptionObject>()];
    }

    private static CaptionObject? Read(string text) =>
        text.Split(' ') is [var size, var color, var shape, var left, var top]
        && double.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
        && double.TryParse(top, NumberStyles.Float, CultureInfo.InvariantCulture, out double y)
            ? new CaptionObject(size, color, shape, x, y)
            : null;
}
