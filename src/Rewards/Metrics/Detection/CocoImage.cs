namespace Vlm.Rewards;

/// <summary>A box as COCO's files have it, in pixels.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
public readonly record struct CocoBox(double X, double Y, double Width, double Height)
{
    /// <summary>From its corners; of an inverted one nothing is left.</summary>
    internal static CocoBox Of(Box box) => new(box.X1, box.Y1, Math.Max(0, box.X2 - box.X1), Math.Max(0, box.Y2 - box.Y1));

    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>
    /// Intersection over union, calculated from widths as bbIou does, so that an overlap of exactly a threshold is one here too.
    /// </summary>
    /// <param name="other">Another box.</param>
    /// <param name="isCrowd">The other holds many objects: the share of this box that lies in it.</param>
    public double Overlap(CocoBox other, bool isCrowd = false)
    {
        double width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        double height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        double shared = width * height;
        return width <= 0 || height <= 0 ? 0 : shared / (isCrowd ? Area : Area + other.Area - shared);
    }
}

/// <summary>A true object of an image.</summary>
/// <param name="Category">Its category.</param>
/// <param name="Box">Where it is.</param>
/// <param name="IsCrowd">Many objects in one box: detections in it count neither for nor against.</param>
public sealed record CocoTruth(string Category, CocoBox Box, bool IsCrowd = false)
{
    /// <summary>In square pixels: of the object's outline where it is known, as in COCO's files; else of its box.</summary>
    public double Area { get; init; } = Box.Area;
}

/// <summary>A detected object.</summary>
/// <param name="Category">Its category.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the model is; only the order matters. A model that says no scores gives the same to all.</param>
public sealed record CocoDetection(string Category, CocoBox Box, double Score = 1);

/// <summary>An image with what is on it and what was detected.</summary>
/// <param name="Truths">What is on it.</param>
/// <param name="Detections">What was detected.</param>
/// <param name="IsParsed">False where the model's answer could not be read; it detected nothing.</param>
public sealed record CocoImage(IReadOnlyList<CocoTruth> Truths, IReadOnlyList<CocoDetection> Detections, bool IsParsed = true);
