namespace Vlm.Rewards;

/// <summary>Width and height of an image, or of a frame.</summary>
public readonly record struct Extent(double Width, double Height);

/// <summary>Converts coordinates between frames.</summary>
public static class Frames
{
    /// <summary>How far x and y run in a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="original">Pixels of the image as stored; null where unknown.</param>
    /// <param name="resized">Pixels of the image as the model saw it; null where unknown.</param>
    /// <exception cref="ArgumentException">The frame is in pixels of an image whose size is unknown or not
    /// positive.</exception>
    public static Extent ExtentOf(Frame frame, Extent? original, Extent? resized) => frame switch
    {
        Frame.OriginalPixels => Known(original, "original"),
        Frame.ResizedPixels => Known(resized, "resized"),
        Frame.Unit => new(1, 1),
        Frame.Thousand => new(1000, 1000),
        _ => throw new ArgumentOutOfRangeException(nameof(frame), frame, "no such frame"),
    };

    /// <summary>The same box in another frame.</summary>
    /// <inheritdoc cref="ExtentOf"/>
    /// <param name="box">A box in frame <paramref name="from"/>.</param>
    /// <param name="from">The frame it is in.</param>
    /// <param name="to">The frame it shall be in.</param>
    /// <param name="original">Pixels of the image as stored; null where neither frame needs it.</param>
    /// <param name="resized">Pixels of the image as the model saw it; null where neither frame needs it.</param>
    public static Box Convert(Box box, Frame from, Frame to, Extent? original = null, Extent? resized = null)
    {
        if (from == to)
            return box;
        Extent source = ExtentOf(from, original, resized), target = ExtentOf(to, original, resized);
        return box.Scale(target.Width / source.Width, target.Height / source.Height);
    }

    /// <summary>The same region in another frame.</summary>
    /// <inheritdoc cref="Convert(Box, Frame, Frame, Extent?, Extent?)"/>
    /// <param name="region">A region with its frame.</param>
    /// <param name="to">The frame it shall be in.</param>
    /// <param name="original">Pixels of the image as stored; null where neither frame needs it.</param>
    /// <param name="resized">Pixels of the image as the model saw it; null where neither frame needs it.</param>
    public static Truth.Region Convert(Truth.Region region, Frame to, Extent? original = null, Extent? resized = null)
    {
        if (region.Frame == to)
            return region;
        Extent extent = ExtentOf(to, original, resized);
        return new(Convert(region.Box, region.Frame, to, original, resized), to, extent.Width, extent.Height);
    }

    private static Extent Known(Extent? extent, string which)
    {
        if (extent is not { } size)
            throw new ArgumentException($"the size of the {which} image is unknown, so its pixels mean nothing");
        if (!(size.Width > 0 && size.Height > 0 && double.IsFinite(size.Width) && double.IsFinite(size.Height)))
            throw new ArgumentException($"the {which} image is {size.Width} x {size.Height}; both must be above 0");
        return size;
    }
}
