namespace Vlm.Images;

/// <summary>A decoded picture.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Height x Width x 3 bytes, row by row, red green blue, 0-255.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
