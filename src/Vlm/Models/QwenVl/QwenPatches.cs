namespace Vlm.Models.QwenVl;

/// <summary>A picture's patches.</summary>
/// <param name="Values">
/// [GridHeight * GridWidth, 3 * T * p * p] normalised. Rows go block by block: block rows, block columns, and inside a
/// block its patches row by row. In a row, value ((c * T + t) * p + y) * p + x is channel c, frame t, pixel (x, y).
/// </param>
/// <param name="GridHeight">Patches down the picture; a multiple of the merge size.</param>
/// <param name="GridWidth">Patches across the picture; a multiple of the merge size.</param>
/// <param name="Scale">The size before, and that of the image the patches were cut from.</param>
public sealed record QwenPatches(float[] Values, int GridHeight, int GridWidth, ImageScale Scale)
{
    /// <summary>Patches.</summary>
    public int Count => GridHeight * GridWidth;
}
