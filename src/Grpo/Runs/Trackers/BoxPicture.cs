using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>A picture with boxes drawn on it, as PNG of a size to look at.</summary>
internal static class BoxPicture
{
    private const int MostSide = 320, LeastSide = 160;      // small drawings grow by a whole factor, and keep hard edges
    private const int Line = 2;
    private static readonly byte[] s_truth = [0x0B, 0x8A, 0x43], s_answered = [0xD9, 0x48, 0x0F], s_seam = [0xFF, 0xFF, 0xFF];

    /// <summary>Draws boxes: the true one last, so that it is seen where an answer lies on it.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="size">What the boxes refer to.</param>
    /// <param name="truth">Null where there is none.</param>
    /// <param name="answered">In pixels, as the true one.</param>
    public static TrackedPicture Draw(RgbImage image, (int Width, int Height) size, Box? truth, IReadOnlyList<Box> answered)
    {
        RgbImage drawn = Sized(image);
        (double sx, double sy) = ((double)drawn.Width / size.Width, (double)drawn.Height / size.Height);
        foreach (Box box in answered)
            Outline(drawn, box.Scale(sx, sy), s_answered);
        if (truth is { } right)
            Outline(drawn, right.Scale(sx, sy), s_truth);
        return new(ImageCodec.EncodePng(drawn), drawn.Width, drawn.Height);
    }

    // A copy of its own in any case: it is drawn on.
    private static RgbImage Sized(RgbImage image)
    {
        int side = Math.Max(image.Width, image.Height);
        if (side < LeastSide)
            return Grown(image, (LeastSide + side - 1) / side);
        double scale = Math.Min(1, (double)MostSide / side);
        RgbImage sized = PilResize.Resize(image, Of(image.Width), Of(image.Height), ResizeFilter.Bicubic);
        return sized with { Pixels = (byte[])sized.Pixels.Clone() };

        int Of(int pixels) => Math.Max(1, (int)Math.Round(pixels * scale));
    }

    private static RgbImage Grown(RgbImage image, int factor)
    {
        (int width, int height) = (image.Width * factor, image.Height * factor);
        var pixels = new byte[width * height * 3];
        for (int y = 0, to = 0; y < height; y++)
            for (int x = 0; x < width; x++, to += 3)
                image.Pixels.AsSpan(((y / factor * image.Width) + (x / factor)) * 3, 3).CopyTo(pixels.AsSpan(to, 3));
        return new(width, height, pixels);
    }

    // A pale seam around the line makes it stand out from any picture.
    private static void Outline(RgbImage image, Box box, byte[] colour)
    {
        (int left, int top) = ((int)Math.Round(box.X1), (int)Math.Round(box.Y1));
        (int right, int bottom) = (Math.Max(left + 1, (int)Math.Round(box.X2)), Math.Max(top + 1, (int)Math.Round(box.Y2)));
        Frame(image, left - 1, top - 1, right + 1, bottom + 1, Line + 2, s_seam);
        Frame(image, left, top, right, bottom, Line, colour);
    }

    private static void Frame(RgbImage image, int left, int top, int right, int bottom, int thick, byte[] colour)
    {
        for (int y = Math.Max(0, top); y < Math.Min(image.Height, bottom); y++)
            for (int x = Math.Max(0, left); x < Math.Min(image.Width, right); x++)
                if (y < top + thick || y >= bottom - thick || x < left + thick || x >= right - thick)
                    colour.CopyTo(image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3));
    }
}
