namespace Vlm;

/// <summary>Writes pixel values, row-major in a known shape, where a batch is laid out.</summary>
/// <param name="values">As many as the shape says.</param>
public delegate void PixelWriter(Span<float> values);

/// <summary>
/// The pixels of one prompt, as the family's vision tower takes them: their shape, and how they are made. They are made each
/// time a batch is laid out, from the prompt's images; nothing holds them in between.
/// </summary>
/// <param name="Shape">SmolVLM, Idefics3: [frames, 3, H, W]. Qwen: [patches, 3 * 2 * p * p].</param>
/// <param name="Grid">Qwen: (t, h, w) in patches for each image, flat. Empty for families with square frames.</param>
/// <param name="Write">Writes the normalised values. May be called from any thread.</param>
/// <param name="Valid">
/// SmolVLM, Idefics3: [frames, H, W] true on pixels of the image; null where frames have no padding, as always when this
/// project cut them.
/// </param>
public sealed record PixelInput(long[] Shape, long[] Grid, PixelWriter Write, bool[]? Valid = null)
{
    /// <summary>Values that are there already.</summary>
    public PixelInput(float[] values, long[] shape, long[] grid, bool[]? valid = null)
        : this(shape, grid, span => values.CopyTo(span), valid)
    {
    }

    /// <summary>How many values there are.</summary>
    public int Count => checked((int)Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>The values, made now.</summary>
    public float[] Values()
    {
        var values = new float[Count];
        Write(values);
        return values;
    }
}

/// <summary>How one image of a prompt was resized before the model saw it: the frame that coordinates are converted by.</summary>
/// <param name="Width">Original pixels.</param>
/// <param name="Height">Original pixels.</param>
/// <param name="ResizedWidth">Pixels the model saw.</param>
/// <param name="ResizedHeight">Pixels the model saw.</param>
public sealed record ImageScale(int Width, int Height, int ResizedWidth, int ResizedHeight);

/// <summary>What the policy is asked: an example's chat as tokens, image placeholders expanded.</summary>
/// <param name="Example">The question, with its images and what is right.</param>
/// <param name="Text">The rendered chat before expansion, generation prompt included.</param>
/// <param name="Tokens">Token ids, image placeholders included. Never padded.</param>
/// <param name="Pixels">How the pixels of all images are made, in order; null for a prompt of text alone.</param>
/// <param name="Images">Sizes of each image in order.</param>
public sealed record Prompt(
    Example Example, string Text, int[] Tokens, PixelInput? Pixels, IReadOnlyList<ImageScale> Images)
{
    /// <summary>A prompt that no example stands behind.</summary>
    /// <param name="id">Named in messages about it.</param>
    /// <param name="text">The rendered chat.</param>
    /// <param name="tokens">Token ids.</param>
    /// <param name="pixels">How the pixels are made, or null.</param>
    /// <param name="images">Sizes of each image.</param>
    public Prompt(string id, string text, int[] tokens, PixelInput? pixels, IReadOnlyList<ImageScale> images)
        : this(Example.Ask([], [], id), text, tokens, pixels, images)
    {
    }

    /// <summary>The example's id, for messages and logs.</summary>
    public string Id => Example.Id;
}
