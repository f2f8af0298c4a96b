namespace Vlm.Images;

/// <summary>A file that a decoder has opened: its size is known, and no pixel has been decoded.</summary>
internal abstract class EncodedImage : IDisposable
{
    /// <summary>Pixels of a row in the file.</summary>
    public abstract int Width { get; }

    /// <summary>Rows in the file.</summary>
    public abstract int Height { get; }

    /// <summary>How the pixels lie in the file.</summary>
    public virtual Orientation Orientation => Orientation.Upright;

    /// <summary>Decodes the first image of the file.</summary>
    /// <exception cref="UnreadableImageException">The file is damaged or cut short.</exception>
    public abstract void Decode(RgbCanvas to);

    /// <inheritdoc/>
    public abstract void Dispose();
}
