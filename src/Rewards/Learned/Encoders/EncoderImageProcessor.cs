using Vlm.Images;

namespace Vlm.Rewards.Learned;

/// <summary>Images to an encoder's pixels, as transformers' CLIPImageProcessor and SiglipImageProcessor on Pillow make them.</summary>
public sealed class EncoderImageProcessor
{
    private const long MostPixels = 1 << 26;
    private readonly float[][] _values;

    /// <summary>Tabulates the normalised value of each byte.</summary>
    /// <param name="options">How images are prepared.</param>
    public EncoderImageProcessor(EncoderImageOptions options)
    {
        Options = options;
        _values = [.. options.Mean.Zip(options.Std, (mean, std) =>
            Enumerable.Range(0, 256).Select(value => ((float)(value * options.Rescale) - mean) / std).ToArray())];
    }

    /// <summary>How images are prepared.</summary>
    public EncoderImageOptions Options { get; }

    /// <summary>Numbers of one image: 3 x height x width.</summary>
    public int Length => 3 * Options.Height * Options.Width;

    /// <summary>Refuses an image so narrow that what it is resized to, before its middle is cut out, would fill the memory.</summary>
    /// <exception cref="UsageException">It has such a shape.</exception>
    internal void RequireShape(RgbImage image, string where)
    {
        if (Options.Shortest is { } edge && Resized(image.Width, image.Height, edge) is var (w, h) && (long)w * h > MostPixels)
            throw new UsageException($"the image of {image.Width} x {image.Height} would be resized to {w} x {h}", where,
                "an image whose sides differ less");
    }

    /// <summary>Writes an image as the encoder sees it.</summary>
    /// <param name="image">Any image.</param>
    /// <param name="values">[3, height, width], normalised.</param>
    public void Write(RgbImage image, Span<float> values)
    {
        ReadOnlySpan<byte> pixels = Fitted(image).Pixels;
        int plane = Options.Width * Options.Height;
        for (int i = 0; i < plane; i++)
            for (int channel = 0; channel < 3; channel++)
                values[channel * plane + i] = _values[channel][pixels[3 * i + channel]];
    }

    /// <summary>The image resized, and cut to its middle where the options say so.</summary>
    /// <param name="image">Any image.</param>
    internal RgbImage Fitted(RgbImage image)
    {
        (int width, int height) = (Options.Width, Options.Height);
        if (Options.Shortest is not { } edge)
            return PilResize.Resize(image, width, height, Options.Filter);
        (int w, int h) = Resized(image.Width, image.Height, edge);
        return PilResize.Resize(image, w, h, Options.Filter).Crop((w - width) / 2, (h - height) / 2, width, height);
    }

    // The longer side is cut to whole pixels, not rounded.
    private static (int Width, int Height) Resized(int width, int height, int edge) => width <= height
        ? (edge, (int)((long)edge * height / width))
        : ((int)((long)edge * width / height), edge);
}
