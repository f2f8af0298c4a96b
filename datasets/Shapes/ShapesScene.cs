namespace Vlm.Datasets;

/// <summary>What an object looks like from afar.</summary>
public enum Shape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square on its side.</summary>
    Square,

    /// <summary>A triangle that points up.</summary>
    Triangle,

    /// <summary>A square on its corner.</summary>
    Diamond,

    /// <summary>A plus sign.</summary>
    Cross,
}

/// <summary>The colours of objects, far apart from each other and from the light ground.</summary>
public enum Color
{
    /// <summary>220, 40, 40.</summary>
    Red,

    /// <summary>30, 160, 60.</summary>
    Green,

    /// <summary>40, 80, 220.</summary>
    Blue,

    /// <summary>240, 200, 20.</summary>
    Yellow,

    /// <summary>150, 50, 190.</summary>
    Purple,

    /// <summary>20, 190, 210.</summary>
    Cyan,

    /// <summary>35, 35, 35.</summary>
    Black,
}

/// <summary>The two sizes; no small object is as wide as a large one.</summary>
public enum Size
{
    /// <summary>9 to 11 pixels on a canvas of 64.</summary>
    Small,

    /// <summary>16 to 20 pixels on a canvas of 64.</summary>
    Large,
}

/// <summary>What an object is, wherever it stands.</summary>
public readonly record struct Appearance(Size Size, Color Color, Shape Shape);

/// <summary>One object of a scene.</summary>
/// <param name="Appearance">Its size, colour and shape.</param>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Side">Width and height of the square it is drawn in, in pixels.</param>
/// <param name="Shade">Added to each colour channel, so that not every red is the same red.</param>
public sealed record Item(Appearance Appearance, int X, int Y, int Side, int Shade)
{
    /// <summary>Horizontal centre in half pixels, so that it is whole.</summary>
    public int CentreX2 => (2 * X) + Side;

    /// <summary>Vertical centre in half pixels.</summary>
    public int CentreY2 => (2 * Y) + Side;
}

/// <summary>What is on one canvas.</summary>
/// <param name="Size">Width and height of the canvas in pixels.</param>
/// <param name="Items">The objects; no two touch.</param>
/// <param name="Ground">Colour of the ground at the top left, 0xRRGGBB; slightly darker at the bottom right.</param>
public sealed record Scene(int Size, IReadOnlyList<Item> Items, int Ground)
{
    /// <summary>
    /// The split this scene may appear in. It depends on which objects there are and not on where they stand, so a
    /// test scene is a collection of objects that no training scene showed.
    /// </summary>
    public Split Split => Splits.Of(Signature);

    /// <summary>The objects without their places, in a fixed order.</summary>
    public string Signature => string.Join(' ', Items.Select(item => Code(item.Appearance)).Order(StringComparer.Ordinal));

    private static string Code(Appearance appearance) =>
        $"{(int)appearance.Size}{(int)appearance.Color}{(int)appearance.Shape}";
}

/// <summary>The one rule that says which split a thing belongs to; it knows no seed.</summary>
internal static class Splits
{
    public static Split Of(string signature) => (Hash(signature) % 10) switch
    {
        < 8 => Split.Train,
        8 => Split.Validation,
        _ => Split.Test,
    };

    /// <summary>True for the half of all scenes that is told of and never drawn, false for the other.</summary>
    public static bool IsTold(string signature) => Hash("told " + signature) % 2 == 0;

    // FNV-1a, then one round of mixing because the last digit of a short word's FNV is not even.
    private static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in text)
            hash = (hash ^ letter) * 1099511628211;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        return hash ^ (hash >> 31);
    }
}
