namespace Vlm.Models.SmolVlm;

/// <summary>The frames that an image is cut into: the tiles row by row, then the whole image.</summary>
/// <param name="Rows">Rows of tiles; 0 where the whole image is the only frame.</param>
/// <param name="Columns">Columns of tiles; 0 where the whole image is the only frame.</param>
/// <param name="Scale">The size before, and that of the image the tiles were cut from.</param>
public sealed record SmolVlmFrames(int Rows, int Columns, ImageScale Scale)
{
    /// <summary>Frames: the tiles, if any, and one.</summary>
    public int Count => (Rows * Columns) + 1;
}
