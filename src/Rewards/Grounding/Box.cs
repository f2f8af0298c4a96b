namespace Vlm.Rewards;

/// <summary>What the numbers of a coordinate mean.</summary>
public enum Frame
{
    /// <summary>Pixels of the image as stored in the dataset.</summary>
    OriginalPixels,

    /// <summary>Pixels of the image as the model saw it.</summary>
    ResizedPixels,

    /// <summary>0 to 1 across the image, on both axes.</summary>
    Unit,

    /// <summary>0 to 1000 across the image, on both axes.</summary>
    Thousand,
}

/// <summary>A rectangle: left, top, right, bottom edges. Edges are positions, not pixels: width is X2 - X1.</summary>
public readonly record struct Box(double X1, double Y1, double X2, double Y2)
{
    /// <summary>Width times height; 0 where the box is empty or inverted.</summary>
    public double Area => Math.Max(0, X2 - X1) * Math.Max(0, Y2 - Y1);

    /// <summary>The part two boxes share; without area where they share none.</summary>
    public Box Intersect(Box other) =>
        new(Math.Max(X1, other.X1), Math.Max(Y1, other.Y1), Math.Min(X2, other.X2), Math.Min(Y2, other.Y2));

    /// <summary>The box with x multiplied by <paramref name="sx"/> and y by <paramref name="sy"/>.</summary>
    public Box Scale(double sx, double sy) => new(X1 * sx, Y1 * sy, X2 * sx, Y2 * sy);
}
