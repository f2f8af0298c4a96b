using System.Globalization;

namespace Vlm.Images;

/// <summary>The size at which the Qwen-VL families look at an image.</summary>
/// <remarks>
/// transformers' smart_resize of 5.x: each side to the nearest multiple of the factor, then both scaled by one number
/// where their product leaves its range. Differs from 4.50, which refuses sides shorter than the factor.
/// </remarks>
public static class SmartResize
{
    /// <summary>Most times one side may hold the other.</summary>
    public const int LargestRatio = 200;

    /// <summary>Height and width in pixels: multiples of <paramref name="factor"/>, at least one of it.</summary>
    /// <param name="height">Of the image, at least 1.</param>
    /// <param name="width">Of the image, at least 1.</param>
    /// <param name="factor">Patch size times merge size.</param>
    /// <param name="minPixels">Least area, at least 1; the result is rounded up to reach it.</param>
    /// <param name="maxPixels">Largest area; the result is rounded down to it, but not below one factor.</param>
    /// <param name="where">Where the image comes from, for messages.</param>
    /// <exception cref="UsageException">One side is more than 200 times the other.</exception>
    public static (int Height, int Width) Size(
        int height, int width, int factor, long minPixels, long maxPixels, string where)
    {
        RefuseThin(height, width, where);
        long h = Nearest(height, factor), w = Nearest(width, factor);
        if (h * w > maxPixels)
        {
            double shrink = Math.Sqrt((double)((long)height * width) / maxPixels);
            h = Math.Max(factor, (long)Math.Floor(height / shrink / factor) * factor);
            w = Math.Max(factor, (long)Math.Floor(width / shrink / factor) * factor);
        }
        else if (h * w < minPixels)
        {
            double grow = Math.Sqrt((double)minPixels / ((long)height * width));
            h = (long)Math.Ceiling(height * grow / factor) * factor;
            w = (long)Math.Ceiling(width * grow / factor) * factor;
        }

        return checked(((int)h, (int)w));
    }

    // Python's round: halves go to the even neighbour.
    private static long Nearest(int side, int factor) =>
        (long)Math.Round((double)side / factor, MidpointRounding.ToEven) * factor;

    private static void RefuseThin(int height, int width, string where)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (Math.Max(height, width) > (long)LargestRatio * Math.Min(height, width))
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture,
                    $"the image has {width} x {height} pixels; the model takes sides up to 1 : {LargestRatio}"),
                where, "the image cut or padded to a less narrow shape, or the dataset without this record");
    }
}
