namespace Vlm.Images;

/// <summary>What lies behind an image's transparent pixels.</summary>
public enum Background
{
    /// <summary>
    /// White, as drawings and charts are meant: the image is pasted on white through its alpha, as qwen-vl-utils does,
    /// with Pillow's rounding. Images of all kinds with transparency, those with a palette too.
    /// </summary>
    White,

    /// <summary>Black, in the same way.</summary>
    Black,

    /// <summary>
    /// Nothing: alpha is dropped and the colour that the file has there is seen, as transformers 5 has it by Pillow's
    /// <c>convert("RGB")</c>. Mostly black, so a black drawing on transparency is lost. Transparent pixels of a GIF have
    /// no colour here and are black, where Pillow shows the palette's entry.
    /// </summary>
    None,
}

/// <summary>
/// How large a model sees an image: <c>min_pixels</c> and <c>max_pixels</c> of Qwen's processors, in place of those in its files.
/// Families that cut images into square frames take as many frames as fit.
/// </summary>
/// <param name="Min">Least area in pixels after resizing; null for the model's own.</param>
/// <param name="Max">Largest area in pixels after resizing; null for the model's own.</param>
public sealed record SeenPixels(long? Min, long? Max);

/// <summary>How encoded images become pixels.</summary>
public sealed record DecodeOptions
{
    /// <summary>
    /// Pillow's <c>Image.MAX_IMAGE_PIXELS</c>, above which it warns and above twice of which it refuses: a file of 21 KB can
    /// hold an image between the two. Decoding takes 7 bytes a pixel, so 626 MB at this limit; progressive JPEG and TIFF may
    /// take twice that.
    /// </summary>
    public const long DefaultMaxPixels = 89_478_485;

    private const long Limit = int.MaxValue / 4;

    /// <summary>White, and <see cref="DefaultMaxPixels"/>.</summary>
    public static DecodeOptions Default { get; } = new();

    /// <summary>What transparent pixels show.</summary>
    public Background Background { get; init; } = Background.White;

    /// <summary>Most pixels, width times height, of an image that is decoded: from 1 to 536,870,911.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of that range.</exception>
    public long MaxPixels
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Limit);
            field = value;
        }
    } = DefaultMaxPixels;

    /// <summary>How large the model sees images.</summary>
    /// <value>The default is null, for what the model's own files say.</value>
    public SeenPixels? Seen { get; init; }
}
