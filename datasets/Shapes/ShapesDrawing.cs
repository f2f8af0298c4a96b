using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Scenes to pixels, and the tight boxes of what was drawn.</summary>
internal static class ShapesDrawing
{
    private static readonly int[] Colors = [0xDC2828, 0x1EA03C, 0x2850DC, 0xF0C814, 0x9632BE, 0x14BED2, 0x232323];

    /// <summary>Draws a scene with hard edges: a pixel belongs to an object or to the ground, never to both.</summary>
    public static RgbImage Draw(Scene scene)
    {
        var pixels = new byte[scene.Size * scene.Size * 3];
        for (int y = 0; y < scene.Size; y++)
            for (int x = 0; x < scene.Size; x++)
                Put(pixels, scene.Size, x, y, scene.Ground, -8 * (x + y) / (2 * scene.Size));

        foreach (Item item in scene.Items)
            Paint(pixels, scene.Size, item);
        return new RgbImage(scene.Size, scene.Size, pixels);
    }

    /// <summary>Draws one object on a canvas.</summary>
    /// <param name="pixels">Three bytes each, row by row.</param>
    /// <param name="width">Of the canvas, in pixels.</param>
    /// <param name="item">The object.</param>
    public static void Paint(byte[] pixels, int width, Item item)
    {
        foreach ((int x, int y) in Cells(item))
            Put(pixels, width, x, y, Colors[(int)item.Appearance.Color], item.Shade);
    }

    /// <summary>Fills a rectangle with one colour, 0xRRGGBB.</summary>
    /// <param name="pixels">Three bytes each, row by row.</param>
    /// <param name="width">Of the canvas, in pixels.</param>
    /// <param name="box">Whole edges, within the canvas.</param>
    /// <param name="color">0xRRGGBB.</param>
    public static void Fill(byte[] pixels, int width, Box box, int color)
    {
        for (int y = (int)box.Y1; y < (int)box.Y2; y++)
            for (int x = (int)box.X1; x < (int)box.X2; x++)
                Put(pixels, width, x, y, color, 0);
    }

    /// <summary>The edges of the pixels an object covers.</summary>
    public static Box BoxOf(Item item)
    {
        (int X, int Y)[] cells = [.. Cells(item)];
        return new Box(
            cells.Min(cell => cell.X), cells.Min(cell => cell.Y),
            cells.Max(cell => cell.X) + 1, cells.Max(cell => cell.Y) + 1);
    }

    private static IEnumerable<(int X, int Y)> Cells(Item item)
    {
        for (int y = 0; y < item.Side; y++)
            for (int x = 0; x < item.Side; x++)
                if (Covers(item.Appearance.Shape, (2 * x) + 1 - item.Side, (2 * y) + 1 - item.Side, item.Side))
                    yield return (item.X + x, item.Y + y);
    }

    // u and v run from -(side - 1) to side - 1: twice the distance of a pixel's centre from the object's.
    private static bool Covers(Shape form, int u, int v, int side) => form switch
    {
        Shape.Circle => (u * u) + (v * v) <= side * side,
        Shape.Square => true,
        Shape.Triangle => 2 * Math.Abs(u) <= v + side + 1,
        Shape.Diamond => Math.Abs(u) + Math.Abs(v) <= side,
        Shape.Cross => 3 * Math.Abs(u) <= side || 3 * Math.Abs(v) <= side,
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "unknown form"),
    };

    private static void Put(byte[] pixels, int width, int x, int y, int color, int shade)
    {
        int at = ((y * width) + x) * 3;
        for (int channel = 0; channel < 3; channel++)
            pixels[at + channel] = (byte)Math.Clamp(((color >> (16 - (8 * channel))) & 255) + shade, 0, 255);
    }
}
