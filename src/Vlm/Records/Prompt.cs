namespace Vlm;

/// <summary>The pixels of one prompt, as the family's vision tower takes them.</summary>
/// <param name="Values">Normalised values, row-major in <paramref name="Shape"/>.</param>
/// <param name="Shape">SmolVLM, Idefics3: [frames, 3, H, W]. Qwen: [patches, 3 * 2 * p * p].</param>
/// <param name="Grid">Qwen: (t, h, w) in patches for each image, flat. Empty for families with square frames.</param>
/// <param name="Valid">
/// SmolVLM, Idefics3: [frames, H, W] true on pixels of the picture; null where frames have no padding, as always when this
/// project cut them.
/// </param>
public sealed record PixelInput(float[] Values, long[] Shape, long[] Grid, bool[]? Valid = null);

/// <summary>How one image of a prompt was resized before the model saw it: the frame that coordinates are converted by.</summary>
/// <param name="Width">Original pixels.</param>
/// <param name="Height">Original pixels.</param>
/// <param name="ResizedWidth">Pixels the model saw.</param>
/// <param name="ResizedHeight">Pixels the model saw.</param>
public sealed record ImageScale(int Width, int Height, int ResizedWidth, int ResizedHeight);

/// <summary>What the policy is asked: tokens with image placeholders expanded, and the pixels that fill them.</summary>
/// <param name="Id">The example's id, for messages and logs.</param>
/// <param name="Text">The rendered chat before expansion, generation prompt included.</param>
/// <param name="Tokens">Token ids, image placeholders included. Never padded.</param>
/// <param name="Pixels">Pixels of all images in order, or null for a prompt of text alone.</param>
/// <param name="Images">Sizes of each image in order.</param>
public sealed record Prompt(
    string Id, string Text, int[] Tokens, PixelInput? Pixels, IReadOnlyList<ImageScale> Images);
