using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>How SmolVLM and Idefics3 cut a picture into square frames; the fields of preprocessor_config.json.</summary>
public sealed record SmolVlmImageOptions
{
    /// <summary><c>size.longest_edge</c>: pixels the longer side is first scaled to, up or down.</summary>
    public required int LongestEdge { get; init; }

    /// <summary><c>max_image_size.longest_edge</c>: side of a frame in pixels.</summary>
    public required int FrameEdge { get; init; }

    /// <summary><c>do_resize</c>: scale to <see cref="LongestEdge"/> first.</summary>
    public bool Resize { get; init; } = true;

    /// <summary><c>do_image_splitting</c>: tiles and the whole image, rather than one frame.</summary>
    public bool Split { get; init; } = true;

    /// <summary><c>resample</c>.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Lanczos;

    /// <summary><c>rescale_factor</c>, or 1 where <c>do_rescale</c> is false.</summary>
    public double Rescale { get; init; } = 1.0 / 255;

    /// <summary><c>image_mean</c>: subtracted per channel; zeros where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary><c>image_std</c>: divided by per channel; ones where <c>do_normalize</c> is false.</summary>
    public IReadOnlyList<float> Deviation { get; init; } = [0.5f, 0.5f, 0.5f];
}

/// <summary>A picture's frames.</summary>
/// <param name="Values">[Count, 3, edge, edge] normalised; the tiles row by row, then the whole image.</param>
/// <param name="Rows">Rows of tiles; 0 where the whole image is the only frame.</param>
/// <param name="Columns">Columns of tiles; 0 where the whole image is the only frame.</param>
/// <param name="Scale">The size before, and that of the image the tiles were cut from.</param>
public sealed record SmolVlmFrames(float[] Values, int Rows, int Columns, ImageScale Scale)
{
    /// <summary>Frames: the tiles, if any, and one.</summary>
    public int Count => (Rows * Columns) + 1;
}

/// <summary>Pictures to frames, as transformers' Idefics3ImageProcessor on Pillow makes them, bit for bit.</summary>
public sealed class SmolVlmImageProcessor
{
    private const int LargestSide = 4096;

    private readonly SmolVlmImageOptions _options;
    private readonly float[][] _values;

    /// <summary>Tabulates the normalised value of each byte.</summary>
    public SmolVlmImageProcessor(SmolVlmImageOptions options)
    {
        _options = options;
        _values = [.. Enumerable.Range(0, 3).Select(channel => Enumerable.Range(0, 256).Select(value =>
            ((float)(value * options.Rescale) - options.Mean[channel]) / options.Deviation[channel]).ToArray())];
    }

    /// <summary>How pictures are cut.</summary>
    public SmolVlmImageOptions Options => _options;

    /// <summary>The frames of one picture.</summary>
    public SmolVlmFrames Frames(RgbImage image)
    {
        int edge = _options.FrameEdge;
        var (width, height, rows, columns) = Plan(image.Width, image.Height);
        RgbImage scaled = _options.Resize ? To(image, FirstSize(image.Width, image.Height)) : image;
        RgbImage cut = To(scaled, (width, height));
        RgbImage whole = To(cut, (edge, edge));

        int frame = 3 * edge * edge;
        var values = new float[frame * ((rows * columns) + 1)];
        for (int tile = 0; tile < rows * columns; tile++)
            Normalise(cut, tile % columns * edge, tile / columns * edge, values.AsSpan(tile * frame, frame));
        Normalise(whole, 0, 0, values.AsSpan(rows * columns * frame, frame));
        return new SmolVlmFrames(values, rows, columns, new ImageScale(image.Width, image.Height, width, height));
    }

    /// <summary>The size an image of this size is cut at, and its rows and columns of tiles, without its pixels.</summary>
    public (int Width, int Height, int Rows, int Columns) Plan(int width, int height)
    {
        int edge = _options.FrameEdge;
        if (!_options.Split)
            return (edge, edge, 0, 0);

        var (w, h) = CutSize(_options.Resize ? FirstSize(width, height) : (width, height));
        return w > edge || h > edge ? (w, h, h / edge, w / edge) : (w, h, 0, 0);
    }

    /// <summary>The longer side at its set length, the other even, and neither beyond 4096.</summary>
    internal (int Width, int Height) FirstSize(int width, int height)
    {
        double aspect = (double)width / height;
        var (w, h) = width >= height
            ? (_options.LongestEdge, Even((int)(_options.LongestEdge / aspect)))
            : (Even((int)(_options.LongestEdge * aspect)), _options.LongestEdge);
        (w, h) = (Math.Max(w, 1), Math.Max(h, 1));

        aspect = (double)w / h;
        if (w >= h && w > LargestSide)
            (w, h) = (LargestSide, (int)(LargestSide / aspect));
        else if (h > w && h > LargestSide)
            (w, h) = ((int)(LargestSide * aspect), LargestSide);
        return (Math.Max(w, 1), Math.Max(h, 1));
    }

    private (int Width, int Height) CutSize((int Width, int Height) size)
    {
        double aspect = (double)size.Width / size.Height;
        if (size.Width >= size.Height)
        {
            int width = WholeFrames(size.Width);
            return (width, WholeFrames((int)(width / aspect)));
        }

        int height = WholeFrames(size.Height);
        return (WholeFrames((int)(height * aspect)), height);
    }

    private int WholeFrames(int length) =>
        Math.Max(1, (length + _options.FrameEdge - 1) / _options.FrameEdge) * _options.FrameEdge;

    private static int Even(int length) => length + (length & 1);

    private RgbImage To(RgbImage image, (int Width, int Height) size) =>
        PilResize.Resize(image, size.Width, size.Height, _options.Filter);

    // Interleaved bytes of one square to planes: [3, edge, edge].
    private void Normalise(RgbImage image, int left, int top, Span<float> frame)
    {
        int edge = _options.FrameEdge;
        for (int channel = 0; channel < 3; channel++)
            for (int y = 0; y < edge; y++)
            {
                float[] values = _values[channel];
                Span<float> row = frame.Slice(((channel * edge) + y) * edge, edge);
                int at = ((((top + y) * image.Width) + left) * 3) + channel;
                for (int x = 0; x < edge; x++, at += 3)
                    row[x] = values[image.Pixels[at]];
            }
    }
}
