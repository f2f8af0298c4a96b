using Spectre.Console;
using Vlm.Images;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>Whose a drawn box is.</summary>
internal enum BoxOf
{
    /// <summary>What is right.</summary>
    Truth,

    /// <summary>The best answer's.</summary>
    Best,

    /// <summary>Another answer's.</summary>
    Other,
}

/// <summary>A picture in letters, with boxes.</summary>
internal static class CharacterPicture
{
    private const char Half = '▀';
    private const string Darkness = "%#*+=-:. ";

    /// <summary>The colours of boxes, as in the report.</summary>
    public static Color ColourOf(BoxOf whose) => whose switch
    {
        BoxOf.Truth => new(0x0B, 0x8A, 0x43),
        BoxOf.Best => new(0x3B, 0x4F, 0xE0),
        _ => new(0xD9, 0x48, 0x0F),
    };

    /// <summary>The letters of boxes where there are no colours.</summary>
    public static char LetterOf(BoxOf whose) => whose switch { BoxOf.Truth => 'T', BoxOf.Best => 'B', _ => 'o' };

    /// <summary>The picture in lines.</summary>
    /// <param name="picture">With the size that boxes refer to.</param>
    /// <param name="boxes">In the order to draw; later ones cover earlier ones.</param>
    /// <param name="columns">Most letters of a line.</param>
    /// <param name="rows">Most lines.</param>
    /// <param name="blocks">In half blocks and colours; otherwise in ASCII.</param>
    public static IReadOnlyList<ScreenLine> Draw(
        (RgbImage Image, int Width, int Height) picture, IEnumerable<(Box Box, BoxOf Whose)> boxes, int columns, int rows, bool blocks)
    {
        RgbImage image = Sized(picture.Image, columns, rows * 2);
        var outlines = new BoxOf?[image.Width * image.Height];
        foreach ((Box box, BoxOf whose) in boxes)
            Outline(outlines, image, box.Scale((double)image.Width / picture.Width, (double)image.Height / picture.Height), whose);
        return [.. Enumerable.Range(0, (image.Height + 1) / 2).Select(
            row => blocks ? Blocks(image, outlines, row * 2) : Letters(image, outlines, row * 2))];
    }

    // A pixel is a letter wide and half of one high, which is square. What is small grows by a whole factor.
    private static RgbImage Sized(RgbImage image, int columns, int height)
    {
        double scale = Math.Min((double)columns / image.Width, (double)height / image.Height);
        if (scale < 1)
            return PilResize.Resize(image, Of(image.Width, scale), Of(image.Height, scale), ResizeFilter.Bicubic);
        return PilResize.Resize(image, image.Width * (int)scale, image.Height * (int)scale, ResizeFilter.Box);

        static int Of(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));
    }

    private static void Outline(BoxOf?[] outlines, RgbImage image, Box box, BoxOf whose)
    {
        (int left, int top) = (Inside(box.X1, image.Width), Inside(box.Y1, image.Height));
        (int right, int bottom) = (Math.Max(left, Inside(box.X2 - 1, image.Width)), Math.Max(top, Inside(box.Y2 - 1, image.Height)));
        for (int x = left; x <= right; x++)
            outlines[(top * image.Width) + x] = outlines[(bottom * image.Width) + x] = whose;
        for (int y = top; y <= bottom; y++)
            outlines[(y * image.Width) + left] = outlines[(y * image.Width) + right] = whose;

        static int Inside(double edge, int side) => Math.Clamp((int)Math.Round(edge), 0, side - 1);
    }

    // Two rows of pixels a line: the upper half of a letter has its colour, the lower half that of what lies behind it.
    private static ScreenLine Blocks(RgbImage image, BoxOf?[] outlines, int y)
    {
        return new([.. Enumerable.Range(0, image.Width).Select(x =>
            (Half.ToString(), y + 1 < image.Height ? new Style(Colour(x, y), Colour(x, y + 1)) : new Style(Colour(x, y))))]);

        Color Colour(int x, int y)
        {
            if (outlines[(y * image.Width) + x] is { } whose)
                return ColourOf(whose);
            ReadOnlySpan<byte> rgb = image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3);
            return new(rgb[0], rgb[1], rgb[2]);
        }
    }

    private static ScreenLine Letters(RgbImage image, BoxOf?[] outlines, int y)
    {
        return new(string.Concat(Enumerable.Range(0, image.Width).Select(Letter)));

        char Letter(int x)
        {
            int[] rows = y + 1 < image.Height ? [y, y + 1] : [y];
            BoxOf?[] boxes = [.. rows.Select(row => outlines[(row * image.Width) + x]).Where(box => box is not null)];
            if (boxes.Length > 0)
                return LetterOf(boxes.Min()!.Value);
            double light = rows.Average(row => Light(image.Pixels.AsSpan(((row * image.Width) + x) * 3, 3)));
            return Darkness[(int)Math.Min(Darkness.Length - 1, light * Darkness.Length / 256)];
        }
    }

    // ITU-R BT.601.
    private static double Light(ReadOnlySpan<byte> rgb) => (0.299 * rgb[0]) + (0.587 * rgb[1]) + (0.114 * rgb[2]);
}
