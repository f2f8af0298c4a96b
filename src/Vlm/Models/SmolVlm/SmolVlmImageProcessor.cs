using Vlm.Images;

namespace Vlm.Models.SmolVlm;

/// <summary>Images to frames, as transformers' Idefics3ImageProcessor on Pillow makes them, bit for bit.</summary>
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
            ((float)(value * options.Rescale) - options.Mean[channel]) / options.Std[channel]).ToArray())];
    }

    /// <summary>How images are cut.</summary>
    public SmolVlmImageOptions Options => _options;

    /// <summary>The frames of an image of this size.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="seen">How large it is seen; null for what the files say.</param>
    public SmolVlmFrames Frames(int width, int height, SeenPixels? seen = null)
    {
        var (cutWidth, cutHeight, rows, columns) = Plan(width, height, seen);
        return new SmolVlmFrames(rows, columns, new ImageScale(width, height, cutWidth, cutHeight));
    }

    /// <summary>Numbers of one frame: 3 x edge x edge.</summary>
    public int FrameLength => 3 * _options.FrameEdge * _options.FrameEdge;

    /// <summary>Writes the frames of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="values">[Count, 3, edge, edge] normalised, in the order of <see cref="SmolVlmFrames"/>.</param>
    /// <param name="seen">How large it is seen; null for what the files say.</param>
    public void Write(RgbImage image, Span<float> values, SeenPixels? seen = null)
    {
        int edge = _options.FrameEdge, frame = FrameLength;
        var (width, height, rows, columns) = Plan(image.Width, image.Height, seen);
        RgbImage cut = To(To(image, Scaled(image.Width, image.Height, seen)), (width, height));
        RgbImage whole = To(cut, (edge, edge));

        for (int tile = 0; tile < rows * columns; tile++)
            Normalise(cut, tile % columns * edge, tile / columns * edge, values.Slice(tile * frame, frame));
        Normalise(whole, 0, 0, values.Slice(rows * columns * frame, frame));
    }

    /// <summary>The size at which an image of this size is cut, and its rows and columns of tiles.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="seen">How large it is seen; null for what the files say.</param>
    public (int Width, int Height, int Rows, int Columns) Plan(int width, int height, SeenPixels? seen = null)
    {
        int edge = _options.FrameEdge;
        if (!_options.Split)
            return (edge, edge, 0, 0);

        var (w, h) = CutSize(Scaled(width, height, seen));
        return w > edge || h > edge ? (w, h, h / edge, w / edge) : (w, h, 0, 0);
    }

    /// <summary>The longer side at its set length, the other even, and neither beyond 4096.</summary>
    internal (int Width, int Height) FirstSize(int width, int height) => FirstSize(width, height, _options.LongestEdge);

    private static (int Width, int Height) FirstSize(int width, int height, int longest)
    {
        double aspect = (double)width / height;
        var (w, h) = width >= height
            ? (longest, Even((int)(longest / aspect)))
            : (Even((int)(longest * aspect)), longest);
        (w, h) = (Math.Max(w, 1), Math.Max(h, 1));

        aspect = (double)w / h;
        if (w >= h && w > LargestSide)
            (w, h) = (LargestSide, (int)(LargestSide / aspect));
        else if (h > w && h > LargestSide)
            (w, h) = ((int)(LargestSide * aspect), LargestSide);
        return (Math.Max(w, 1), Math.Max(h, 1));
    }

    // As the files say, or at the length in whole frames at which the cut image has the area asked for.
    private (int Width, int Height) Scaled(int width, int height, SeenPixels? seen)
    {
        if (seen is null or { Min: null, Max: null })
            return _options.Resize ? FirstSize(width, height) : (width, height);
        int edge = _options.FrameEdge;
        int longest = WholeFrames(_options.Resize ? _options.LongestEdge : Math.Max(width, height));
        while (Area(longest) < seen.Min && longest + edge <= LargestSide)
            longest += edge;
        while (Area(longest) > seen.Max && longest > edge)
            longest -= edge;
        return FirstSize(width, height, longest);

        long Area(int length)
        {
            var (w, h) = CutSize(FirstSize(width, height, length));
            return (long)w * h;
        }
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
