using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vlm.Rewards;

namespace Vlm;

/// <summary>The frame of coordinates that a model answers in, where it is not the one of the data.</summary>
public static partial class BoxFrames
{
    /// <summary>The prompt with the box of its truth in another frame; rewards read answers in the frame of the truth.</summary>
    /// <param name="prompt">Its <see cref="Prompt.Images"/> say how large the image is, and how large the model sees it.</param>
    /// <param name="frame">
    /// The frame that the model answers in; null for the one of the truth. The numbers of the box in the reference answer follow.
    /// </param>
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
        return prompt with
        {
            Example = prompt.Example with { Truth = converted, Answer = Rewritten(prompt.Example.Answer, region.Box, converted) },
        };
    }

    // Four numbers of a text that are the box become those of the converted one, whatever stands between them.
    private static string Rewritten(string answer, Box from, Truth.Region to)
    {
        // A reference may name the edges in whole numbers where the truth has fractions.
        double half = from.X2 > 1.5 ? 0.5 : 1e-3;
        double[] before = [from.X1, from.Y1, from.X2, from.Y2], after = [to.Box.X1, to.Box.Y1, to.Box.X2, to.Box.Y2];
        MatchCollection numbers = Number().Matches(answer);
        var text = new StringBuilder();
        int copied = 0;
        for (int i = 0; i + 4 <= numbers.Count; i++)
            if (before.Index().All(item => Math.Abs(Value(numbers[i + item.Index]) - item.Item) <= half))
            {
                foreach ((int k, double value) in after.Index())
                {
                    text.Append(answer.AsSpan(copied, numbers[i + k].Index - copied)).Append(Shown(value, to.Frame));
                    copied = numbers[i + k].Index + numbers[i + k].Length;
                }
                i += 3;
            }
        return text.Append(answer.AsSpan(copied)).ToString();
    }

    private static double Value(Match number) => double.Parse(number.ValueSpan, CultureInfo.InvariantCulture);

    private static string Shown(double value, Frame frame) =>
        value.ToString(frame == Frame.Unit ? "0.###" : "0", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

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
