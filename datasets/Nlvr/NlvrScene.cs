using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Shapes of NLVR.</summary>
public enum NlvrShape
{
    /// <summary>A square on its side.</summary>
    Square,

    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A triangle that points up.</summary>
    Triangle,
}

/// <summary>Colours of NLVR.</summary>
public enum NlvrColor
{
    /// <summary>255, 255, 0.</summary>
    Yellow,

    /// <summary>0, 153, 255.</summary>
    Blue,

    /// <summary>0, 0, 0.</summary>
    Black,
}

/// <summary>An object in one of the three boxes.</summary>
/// <param name="X">Left edge in pixels of its box of 100 x 100.</param>
/// <param name="Y">Top edge in pixels of its box.</param>
/// <param name="Size">Width and height: 10, 20 or 30.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Color">Its colour.</param>
public sealed record NlvrItem(int X, int Y, int Size, NlvrShape Shape, NlvrColor Color)
{
    /// <summary>True where it lies against a wall of its box. Some objects lie a pixel over it.</summary>
    public bool TouchesWall => X <= 0 || Y <= 0 || X + Size >= 100 || TouchesBottom;

    /// <summary>True where it stands on the floor of its box.</summary>
    public bool TouchesBottom => Y + Size >= 100;
}

/// <summary>Three boxes side by side, in an image of 400 x 100 pixels.</summary>
/// <param name="Boxes">From left to right.</param>
public sealed record NlvrScene(IReadOnlyList<IReadOnlyList<NlvrItem>> Boxes)
{
    /// <summary>Pixels from the left edge of one box to the left edge of the next.</summary>
    public const int Stride = 150;

    /// <summary>Width of the image.</summary>
    public const int Width = 400;

    /// <summary>Height of the image and width of a box.</summary>
    public const int Height = 100;

    private const int Samples = 4;      // per pixel and axis, where an edge runs through a pixel

    private static readonly int[] Colors = [0xFFFF00, 0x0099FF, 0x000000];

    /// <summary>Every object with the number of its box.</summary>
    public IEnumerable<(int Box, NlvrItem Item)> Items =>
        Boxes.SelectMany((items, box) => items.Select(item => (box, item)));

    /// <summary>Edges in pixels of the image.</summary>
    public static Box BoxOf(int box, NlvrItem item)
    {
        int left = (box * Stride) + item.X;
        return new Box(
            Math.Max(0, left), Math.Max(0, item.Y),
            Math.Min(Width, left + item.Size), Math.Min(Height, item.Y + item.Size));
    }

    /// <summary>Draws the boxes light grey on grey, with smooth edges, as NLVR does.</summary>
    public RgbImage Draw()
    {
        var pixels = new byte[Width * Height * 3];
        for (int at = 0; at < Width * Height; at++)
            pixels.AsSpan(at * 3, 3).Fill(at % Width % Stride < 100 ? (byte)0xD3 : (byte)0x80);
        foreach ((int box, NlvrItem item) in Items)
            for (int y = 0; y < item.Size; y++)
                for (int x = 0; x < item.Size; x++)
                    Blend(pixels, (((item.Y + y) * Width) + (box * Stride) + item.X + x) * 3, item, Cover(item, x, y));
        return new RgbImage(Width, Height, pixels);
    }

    /// <summary>The three boxes of a drawing as images of 100 x 100 pixels, from left to right.</summary>
    /// <param name="drawing">400 x 100 pixels.</param>
    public static ImageSource[] Parts(ImageSource drawing) =>
        [.. Enumerable.Range(0, 3).Select(box => ImageSource.FromPart(drawing, box * Stride, 0, Height, Height))];

    // Of the samples in a pixel, those inside the shape.
    private static int Cover(NlvrItem item, int x, int y)
    {
        int inside = 0;
        for (int i = 0; i < Samples * Samples; i++)
        {
            double u = x + (((i % Samples) + 0.5) / Samples), v = y + (((i / Samples) + 0.5) / Samples);
            double half = item.Size / 2.0;
            inside += item.Shape switch
            {
                NlvrShape.Circle => ((u - half) * (u - half)) + ((v - half) * (v - half)) <= half * half,
                NlvrShape.Triangle => 2 * Math.Abs(u - half) <= v,
                _ => true,
            } ? 1 : 0;
        }

        return inside;
    }

    private static void Blend(byte[] pixels, int at, NlvrItem item, int inside)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            int color = (Colors[(int)item.Color] >> (16 - (8 * channel))) & 255;
            int mixed = (color * inside) + (pixels[at + channel] * ((Samples * Samples) - inside));
            pixels[at + channel] = (byte)(mixed / (Samples * Samples));
        }
    }
}
