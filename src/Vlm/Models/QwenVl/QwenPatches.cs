namespace Vlm.Models.QwenVl;

/// <summary>The patches that an image is cut into.</summary>
/// <param name="GridHeight">Patches down the image; a multiple of the merge size.</param>
/// <param name="GridWidth">Patches across the image; a multiple of the merge size.</param>
/// <param name="Scale">The size before, and that of the image the patches were cut from.</param>
public sealed record QwenPatches(int GridHeight, int GridWidth, ImageScale Scale)
{
    /// <summary>Patches.</summary>
    public int Count => GridHeight * GridWidth;
}
