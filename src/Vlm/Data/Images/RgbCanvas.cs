using System.Runtime.Intrinsics;

namespace Vlm.Images;

/// <summary>Takes a file's rows, and makes them an upright image without alpha.</summary>
/// <param name="width">Pixels of a row in the file.</param>
/// <param name="height">Rows in the file.</param>
/// <param name="orientation">How they lie.</param>
/// <param name="background">What transparent pixels show.</param>
internal sealed class RgbCanvas(int width, int height, Orientation orientation, Background background)
{
    /// <summary>Rows that fit a cache together: of images on their side each column of them is written at once.</summary>
    public const int Band = 16;

    private readonly Placement _placement = Placement.Of(width, height, orientation);
    private readonly byte[] _pixels = new byte[(long)width * height * 3];

    /// <summary>The image.</summary>
    public RgbImage Image => new(_placement.Width, _placement.Height, _pixels);

    /// <summary>Puts all rows into their places.</summary>
    /// <param name="rgba">All pixels of the file, as in <see cref="Rows"/>.</param>
    /// <param name="opaque">Whether all alphas are known to be 255.</param>
    public unsafe void All(byte* rgba, bool opaque)
    {
        for (int y = 0; y < height; y += Band)
            Rows(y, new Span<byte>(rgba + ((long)y * width * 4), Math.Min(Band, height - y) * width * 4), opaque);
    }

    /// <summary>Puts some rows into their places.</summary>
    /// <param name="y">The first, counted in the file from the top.</param>
    /// <param name="rgba">
    /// Their pixels, 4 bytes each: red, green, blue, alpha, not premultiplied. Overwritten where they are transparent.
    /// </param>
    /// <param name="opaque">Whether all alphas are known to be 255.</param>
    public void Rows(int y, Span<byte> rgba, bool opaque)
    {
        if (!opaque && background != Background.None)
            Composite(rgba, background == Background.White ? 255 : 0);
        int start = _placement.Start + (y * _placement.StepY), stride = width * 4;
        if (_placement.StepX != 1)
            Scatter(rgba, start);
        else
            for (int row = 0; row * stride < rgba.Length; row++)
                Pack(rgba.Slice(row * stride, stride),
                    _pixels.AsSpan((start + (row * _placement.StepY)) * 3, width * 3));
    }

    // Pillow's paste through a mask (Paste.c, BLEND and DIV255), which rounds (c a + b (255 - a)) / 255 to the nearest.
    private static void Composite(Span<byte> rgba, int behind)
    {
        for (int at = 0; at + 4 <= rgba.Length; at += 4)
        {
            int alpha = rgba[at + 3];
            if (alpha == 255)
                continue;
            for (int i = at; i < at + 3; i++)
                rgba[i] = Over255((rgba[i] * alpha) + (behind * (255 - alpha)));
        }
    }

    private static byte Over255(int product)
    {
        int rounded = product + 128;
        return (byte)(((rounded >> 8) + rounded) >> 8);
    }

    // 16 bytes to 12 at a time. Each store writes 4 bytes too many, which the next one overwrites.
    private static void Pack(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        Vector128<byte> order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 128, 128, 128, 128);
        int from = 0, to = 0;
        for (; to + 16 <= rgb.Length; from += 16, to += 12)
            Vector128.Shuffle(Vector128.Create(rgba.Slice(from, 16)), order).CopyTo(rgb[to..]);
        for (; to < rgb.Length; from += 4, to += 3)
            rgba.Slice(from, 3).CopyTo(rgb[to..]);
    }

    private void Scatter(ReadOnlySpan<byte> rgba, int start)
    {
        (int stride, byte[] pixels, Placement placement) = (width * 4, _pixels, _placement);
        for (int x = 0; x < width; x++)
            for (int from = x * 4, to = start + (x * placement.StepX); from < rgba.Length;
                from += stride, to += placement.StepY)
                rgba.Slice(from, 3).CopyTo(pixels.AsSpan(to * 3, 3));
    }
}
