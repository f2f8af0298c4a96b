namespace Vlm.Images;

/// <summary>A decoded image.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Height x Width x 3 bytes, row by row, red green blue, 0-255.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels)
{
    /// <summary>A part of the image, as an image of its own.</summary>
    /// <param name="x">Left edge in pixels.</param>
    /// <param name="y">Top edge in pixels.</param>
    /// <param name="width">Above 0.</param>
    /// <param name="height">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is empty or not inside the image.</exception>
    public RgbImage Crop(int x, int y, int width, int height)
    {
        if (x < 0 || y < 0 || width <= 0 || height <= 0 || x > Width - width || y > Height - height)
            throw new ArgumentOutOfRangeException(
                nameof(x), $"a part of {width} x {height} at ({x}, {y}) is not inside an image of {Width} x {Height}");

        var part = new byte[width * height * 3];
        for (int row = 0; row < height; row++)
            Pixels.AsSpan((((y + row) * Width) + x) * 3, width * 3).CopyTo(part.AsSpan(row * width * 3));
        return new RgbImage(width, height, part);
    }
}
