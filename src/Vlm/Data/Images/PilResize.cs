namespace Vlm.Images;

/// <summary>Pillow's interpolation filters, by their numbers in preprocessor_config.json's <c>resample</c>.</summary>
public enum ResizeFilter
{
    /// <summary>Windowed sinc, 3 pixels to each side.</summary>
    Lanczos = 1,

    /// <summary>Triangle, 1 pixel to each side.</summary>
    Bilinear = 2,

    /// <summary>Keys' cubic with a = -0.5, 2 pixels to each side.</summary>
    Bicubic = 3,

    /// <summary>Mean of the pixels under the output pixel.</summary>
    Box = 4,

    /// <summary>Windowed sinc, 1 pixel to each side.</summary>
    Hamming = 5,
}

/// <summary>
/// Resizes as Pillow up to version 12 does, bit for bit: checkpoints were trained on its pixels. Horizontal first, then
/// vertical, each rounded to 8 bits, with weights in 22-bit fixed point.
/// </summary>
public static class PilResize
{
    private const int FractionBits = 22;
    private const int Half = 1 << (FractionBits - 1);
    private const int Channels = 3;

    /// <summary>The image at another size; <paramref name="image"/> itself where nothing changes.</summary>
    /// <param name="image">Any image of at least one pixel.</param>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="filter">How pixels are weighted; a reduction widens the filter by its scale.</param>
    public static RgbImage Resize(RgbImage image, int width, int height, ResizeFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        RgbImage wide = width == image.Width ? image : Horizontal(image, Weights.Of(image.Width, width, filter));
        return height == image.Height ? wide : Vertical(wide, Weights.Of(image.Height, height, filter));
    }

    /// <summary>The input positions each output position reads, and their fixed-point weights.</summary>
    private sealed record Weights(int[] First, int[][] Values)
    {
        public int Count => First.Length;

        public static Weights Of(int input, int output, ResizeFilter filter)
        {
            double scale = (double)input / output;
            double stretch = Math.Max(scale, 1.0);
            double support = Support(filter) * stretch;
            var weights = new Weights(new int[output], new int[output][]);
            for (int i = 0; i < output; i++)
            {
                double center = (i + 0.5) * scale;
                int first = Math.Max(0, (int)(center - support + 0.5));
                int end = Math.Min(input, (int)(center + support + 0.5));
                weights.First[i] = first;
                weights.Values[i] = Fixed(first, end, center, 1.0 / stretch, filter);
            }

            return weights;
        }

        private static int[] Fixed(int first, int end, double center, double shrink, ResizeFilter filter)
        {
            var weights = new double[end - first];
            double sum = 0;
            for (int i = 0; i < weights.Length; i++)
                sum += weights[i] = Weight(filter, (i + first - center + 0.5) * shrink);
            return [.. weights.Select(weight => Round(sum == 0 ? weight : weight / sum))];
        }

        private static int Round(double weight)
        {
            double scaled = weight * (1 << FractionBits);
            return (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
        }
    }

    private static double Support(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Lanczos => 3,
        ResizeFilter.Bicubic => 2,
        ResizeFilter.Bilinear or ResizeFilter.Hamming => 1,
        ResizeFilter.Box => 0.5,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "no such filter"),
    };

    private static double Weight(ResizeFilter filter, double x) => filter switch
    {
        ResizeFilter.Lanczos => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        ResizeFilter.Bicubic => Cubic(Math.Abs(x)),
        ResizeFilter.Bilinear => Math.Max(0, 1 - Math.Abs(x)),
        ResizeFilter.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
        _ => Hamming(Math.Abs(x)),
    };

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);

    private static double Cubic(double x)
    {
        const double a = -0.5;
        if (x < 1)
            return ((((a + 2) * x) - (a + 3)) * x * x) + 1;
        return x < 2 ? ((((x - 5) * x) + 8) * x - 4) * a : 0;
    }

    private static double Hamming(double x)
    {
        if (x == 0 || x >= 1)
            return x == 0 ? 1 : 0;
        x *= Math.PI;
        return Math.Sin(x) / x * (0.54 + (0.46 * Math.Cos(x)));
    }

    private static RgbImage Horizontal(RgbImage image, Weights weights)
    {
        var pixels = new byte[(long)weights.Count * image.Height * Channels];
        for (int y = 0; y < image.Height; y++)
            HorizontalRow(
                image.Pixels.AsSpan(y * image.Width * Channels, image.Width * Channels),
                pixels.AsSpan(y * weights.Count * Channels, weights.Count * Channels), weights);
        return new RgbImage(weights.Count, image.Height, pixels);
    }

    private static void HorizontalRow(ReadOnlySpan<byte> source, Span<byte> target, Weights weights)
    {
        for (int x = 0; x < weights.Count; x++)
        {
            int[] values = weights.Values[x];
            ReadOnlySpan<byte> window = source.Slice(weights.First[x] * Channels, values.Length * Channels);
            int red = Half, green = Half, blue = Half;
            for (int i = 0, at = 0; i < values.Length; i++, at += Channels)
            {
                int weight = values[i];
                red += window[at] * weight;
                green += window[at + 1] * weight;
                blue += window[at + 2] * weight;
            }

            Span<byte> pixel = target.Slice(x * Channels, Channels);
            (pixel[0], pixel[1], pixel[2]) = (ToByte(red), ToByte(green), ToByte(blue));
        }
    }

    private static RgbImage Vertical(RgbImage image, Weights weights)
    {
        int stride = image.Width * Channels;
        var pixels = new byte[(long)stride * weights.Count];
        var sums = new int[stride];
        for (int y = 0; y < weights.Count; y++)
        {
            Array.Fill(sums, Half);
            for (int i = 0; i < weights.Values[y].Length; i++)
                AddRow(image.Pixels.AsSpan((weights.First[y] + i) * stride, stride), weights.Values[y][i], sums);
            Span<byte> target = pixels.AsSpan(y * stride, stride);
            for (int x = 0; x < stride; x++)
                target[x] = ToByte(sums[x]);
        }

        return new RgbImage(image.Width, weights.Count, pixels);
    }

    private static void AddRow(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        sums = sums[..row.Length];
        for (int x = 0; x < row.Length; x++)
            sums[x] += row[x] * weight;
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);
}
