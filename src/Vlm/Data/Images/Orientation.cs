namespace Vlm.Images;

/// <summary>How an image lies in its file, by the numbers of EXIF's tag 0x0112.</summary>
/// <remarks>CIPA DC-008 (Exif 2.32), section 4.6.4; the moves are those of Pillow's <c>ImageOps.exif_transpose</c>.</remarks>
internal enum Orientation
{
    Upright = 1,
    MirroredLeftRight = 2,
    UpsideDown = 3,
    MirroredTopBottom = 4,
    Transposed = 5,
    TurnedLeft = 6,
    Transversed = 7,
    TurnedRight = 8,
}

/// <summary>Where the pixels of a file go in the upright image: pixel (x, y) to Start + x StepX + y StepY.</summary>
/// <param name="Width">Of the upright image, in pixels.</param>
/// <param name="Height">Of the upright image, in pixels.</param>
/// <param name="Start">Where pixel (0, 0) goes, counted in pixels row by row.</param>
/// <param name="StepX">How far the next pixel of a row goes from it.</param>
/// <param name="StepY">How far the first pixel of the next row goes from it.</param>
internal sealed record Placement(int Width, int Height, int Start, int StepX, int StepY)
{
    /// <summary>The placement of a file's pixels.</summary>
    /// <param name="width">Pixels of a row in the file.</param>
    /// <param name="height">Rows in the file.</param>
    /// <param name="orientation">How they lie; numbers that EXIF does not know are upright.</param>
    public static Placement Of(int width, int height, Orientation orientation)
    {
        (int right, int down) = (width - 1, height - 1);
        return orientation switch
        {
            Orientation.MirroredLeftRight => Along(right, -1, width),
            Orientation.UpsideDown => Along((down * width) + right, -1, -width),
            Orientation.MirroredTopBottom => Along(down * width, 1, -width),
            Orientation.Transposed => Across(0, height, 1),
            Orientation.TurnedLeft => Across(down, height, -1),
            Orientation.Transversed => Across((right * height) + down, -height, -1),
            Orientation.TurnedRight => Across(right * height, -height, 1),
            _ => Along(0, 1, width),
        };

        Placement Along(int start, int stepX, int stepY) => new(width, height, start, stepX, stepY);
        Placement Across(int start, int stepX, int stepY) => new(height, width, start, stepX, stepY);
    }
}
