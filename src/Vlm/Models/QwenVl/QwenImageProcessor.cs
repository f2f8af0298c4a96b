using System.Globalization;
using Vlm.Images;

namespace Vlm.Models.QwenVl;

/// <summary>
/// Images to patches, as transformers' Qwen2VLImageProcessor on Pillow makes them. Safe to use from several threads.
/// </summary>
public sealed class QwenImageProcessor
{
    private readonly QwenImageOptions _options;
    private readonly float[][] _values;

    /// <summary>Tabulates the normalised value of each byte.</summary>
    public QwenImageProcessor(QwenImageOptions options)
    {
        _options = options;
        _values = [.. Enumerable.Range(0, 3).Select(channel => Enumerable.Range(0, 256).Select(value =>
            ((float)(value * options.Rescale) - options.Mean[channel]) / options.Std[channel]).ToArray())];
    }

    /// <summary>How images are cut.</summary>
    public QwenImageOptions Options => _options;

    /// <summary>Values of one patch: 3 * T * p * p.</summary>
    public int PatchLength => 3 * _options.TemporalPatchSize * _options.PatchSize * _options.PatchSize;

    /// <summary>The patches of an image of this size.</summary>
    /// <inheritdoc cref="Plan"/>
    public QwenPatches Patches(int width, int height, string where, SeenPixels? seen = null)
    {
        var (cutWidth, cutHeight) = Plan(width, height, where, seen);
        return new QwenPatches(cutHeight / _options.PatchSize, cutWidth / _options.PatchSize,
            new ImageScale(width, height, cutWidth, cutHeight));
    }

    /// <summary>Writes the patches of an image.</summary>
    /// <param name="image">An image whose size <see cref="Plan"/> takes.</param>
    /// <param name="values">
    /// [GridHeight * GridWidth, 3 * T * p * p] normalised. Rows go block by block: block rows, block columns, and inside a
    /// block its patches row by row. In a row, value ((c * T + t) * p + y) * p + x is channel c, frame t, pixel (x, y).
    /// </param>
    /// <param name="seen">How large it is seen; null for what the files say.</param>
    public void Write(RgbImage image, Span<float> values, SeenPixels? seen = null)
    {
        var (width, height) = Plan(image.Width, image.Height, "the image", seen);
        Fill(PilResize.Resize(image, width, height, _options.Filter), values);
    }

    /// <summary>The size in pixels at which an image of this size is cut.</summary>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="where">Where the image comes from, for messages.</param>
    /// <param name="seen">How large it is seen; null for what the files say.</param>
    /// <exception cref="UsageException">
    /// One side is more than 200 times the other, or nothing is resized and the image is no whole number of blocks.
    /// </exception>
    public (int Width, int Height) Plan(int width, int height, string where, SeenPixels? seen = null)
    {
        int factor = _options.Factor;
        if (_options.Resize)
        {
            (long min, long max) = Range(seen);
            var size = SmartResize.Size(height, width, factor, min, max, where);
            return (size.Width, size.Height);
        }

        return width % factor == 0 && height % factor == 0
            ? (width, height)
            : throw new UsageException(
                string.Create(CultureInfo.InvariantCulture,
                    $"the image has {width} x {height} pixels; without resizing the model takes multiples of {factor}"),
                where, "\"do_resize\": true in preprocessor_config.json");
    }

    // One bound alone moves the files' other one out of its way.
    private (long Min, long Max) Range(SeenPixels? seen)
    {
        long min = seen?.Min ?? Math.Min(_options.MinPixels, seen?.Max ?? long.MaxValue);
        return (min, seen?.Max ?? Math.Max(_options.MaxPixels, min));
    }

    private void Fill(RgbImage image, Span<float> values)
    {
        int p = _options.PatchSize, merge = _options.MergeSize;
        int at = 0;
        for (int top = 0; top < image.Height; top += _options.Factor)
            for (int left = 0; left < image.Width; left += _options.Factor)
                for (int inside = 0; inside < merge * merge; inside++, at += PatchLength)
                    FillPatch(
                        image, left + (inside % merge * p), top + (inside / merge * p), values.Slice(at, PatchLength));
    }

    // Interleaved bytes of one square to [3, T, p, p]; all T frames are the same.
    private void FillPatch(RgbImage image, int left, int top, Span<float> patch)
    {
        int p = _options.PatchSize, frame = p * p;
        for (int channel = 0; channel < 3; channel++)
        {
            float[] values = _values[channel];
            Span<float> first = patch.Slice(channel * _options.TemporalPatchSize * frame, frame);
            for (int y = 0; y < p; y++)
            {
                int at = ((((top + y) * image.Width) + left) * 3) + channel;
                Span<float> row = first.Slice(y * p, p);
                for (int x = 0; x < row.Length; x++, at += 3)
                    row[x] = values[image.Pixels[at]];
            }

            for (int t = 1; t < _options.TemporalPatchSize; t++)
                first.CopyTo(patch.Slice(((channel * _options.TemporalPatchSize) + t) * frame, frame));
        }
    }
}
