using System.Globalization;
using Vlm.Rewards;

namespace Vlm;

/// <summary>The frame of coordinates that a model answers in, where it is not the one of the data.</summary>
public static class BoxFrames
{
    /// <summary>The prompt with the box of its truth in another frame; rewards read answers in the frame of the truth.</summary>
    /// <param name="prompt">Its <see cref="Prompt.Images"/> say how large the image is, and how large the model sees it.</param>
    /// <param name="frame">The frame that the model answers in; null for the one of the truth. A reference answer stays as it is.</param>
    /// <returns>The same prompt where there is no box, or nothing to convert.</returns>
    /// <exception cref="UsageException">
    /// The box is in pixels of an image resized to another size than this model sees, and no frame was asked for; or a frame in
    /// pixels was, and there is not exactly one image.
    /// </exception>
    public static Prompt WithBoxIn(this Prompt prompt, Frame? frame)
    {
        if (prompt.Example.Truth is not Truth.Region region)
            return prompt;
        Extent own = new(region.Width, region.Height);
        Extent? target = ExtentOf(prompt, frame ?? region.Frame);
        if (frame is null && region.Frame == Frame.ResizedPixels && target is not null && target != own)
            throw OtherSize(prompt.Id, own, target.Value);
        if (frame is not { } to || (to == region.Frame && (target is null || target == own)))
            return prompt;
        if (target is null)
            throw NotOneImage(prompt, to);

        Truth.Region unit = Frames.Convert(region, Frame.Unit, original: own, resized: own);
        Truth.Region converted = Frames.Convert(unit, to, original: target, resized: target);
        return prompt with { Example = prompt.Example with { Truth = converted } };
    }

    // Null where the frame is in pixels and no single image says how many.
    private static Extent? ExtentOf(Prompt prompt, Frame frame) => (frame, prompt.Images) switch
    {
        (Frame.OriginalPixels, [var image]) => new(image.Width, image.Height),
        (Frame.ResizedPixels, [var image]) => new(image.ResizedWidth, image.ResizedHeight),
        (Frame.OriginalPixels or Frame.ResizedPixels, _) => null,
        _ => Frames.ExtentOf(frame, null, null),
    };

    private static UsageException OtherSize(string id, Extent own, Extent seen) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"the box is in pixels of an image of {own.Width} x {own.Height}, the model sees {seen.Width} x {seen.Height}"),
        $"record {id}", "BoxFrame = resized-pixels converts the box, where the question does not name the size");

    private static UsageException NotOneImage(Prompt prompt, Frame to) => new(
        $"the box cannot be converted to {to}: its record has {prompt.Images.Count} images", $"record {prompt.Id}",
        "BoxFrame = unit or thousand");
}
