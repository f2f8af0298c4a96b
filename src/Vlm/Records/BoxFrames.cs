using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Vlm.Rewards;

namespace Vlm;

/// <summary>The frame of coordinates that a model answers in, where it is not the one of the data.</summary>
public static partial class BoxFrames
{
    /// <summary>The prompt with the boxes of its truth in another frame; rewards read answers in the frame of the truth.</summary>
    /// <param name="prompt">Its <see cref="Prompt.Images"/> say how large the image is, and how large the model sees it.</param>
    /// <param name="frame">
    /// The frame that the model answers in; null for the one of the truth. The numbers of a box in the reference answer follow.
    /// </param>
    /// <returns>The same prompt where there is no box, or nothing to convert.</returns>
    /// <exception cref="UsageException">
    /// The box is in pixels of an image resized to another size than this model sees, and no frame was asked for; or a frame in
    /// pixels was, and there is not exactly one image.
    /// </exception>
    public static Prompt WithBoxIn(this Prompt prompt, Frame? frame)
    {
        if (Placed(prompt.Example.Truth) is not { } placed)
            return prompt;
        (Frame own, Extent extent, Box[] boxes) = placed;
        Extent? target = ExtentOf(prompt, frame ?? own);
        if (frame is null && own == Frame.ResizedPixels && target is not null && target != extent)
            throw OtherSize(prompt.Id, extent, target.Value);
        if (frame is not { } to || (to == own && (target is null || target == extent)))
            return prompt;
        if (target is not { } size)
            throw NotOneImage(prompt, to);

        Box[] moved = [.. boxes.Select(box => Moved(box, own, extent, to, size))];
        string answer = Rewritten(prompt.Example.Answer, [.. boxes.Zip(moved)], to);
        return prompt with { Example = prompt.Example with { Truth = With(prompt.Example.Truth, moved, to, size), Answer = answer } };
    }

    // Frame, extent and boxes of a truth that has some; null of others.
    private static (Frame Frame, Extent Extent, Box[] Boxes)? Placed(Truth truth) => truth switch
    {
        Truth.Region region => (region.Frame, new(region.Width, region.Height), [region.Box]),
        Truth.Boxes boxes => (boxes.Frame, new(boxes.Width, boxes.Height), [.. boxes.Items.Select(item => item.Box)]),
        _ => null,
    };

    private static Truth With(Truth truth, Box[] boxes, Frame frame, Extent size) => truth is Truth.Boxes { Items: var items }
        ? new Truth.Boxes([.. items.Zip(boxes, (item, box) => item with { Box = box })], frame, size.Width, size.Height)
        : new Truth.Region(boxes[0], frame, size.Width, size.Height);

    private static Box Moved(Box box, Frame own, Extent extent, Frame to, Extent target) => Frames.Convert(
        Frames.Convert(box, own, Frame.Unit, original: extent, resized: extent), Frame.Unit, to, original: target, resized: target);

    /// <summary>The example with the boxes that its words name in another frame: questions, reference answer and written truth.</summary>
    /// <param name="prompt">Of the example; its images say how large they are, and how large the model sees them.</param>
    /// <param name="frame">The frame that the model answers in.</param>
    /// <exception cref="UsageException">A frame in pixels, and not exactly one image.</exception>
    internal static Example WordsIn(this Prompt prompt, Frame frame)
    {
        Example example = prompt.Example;
        Extent target = ExtentOf(prompt, frame) ?? throw NotOneImage(prompt, frame);
        var left = new Queue<(string Old, string New)>(example.Boxes.Select(box => (box.Text, Written(box, frame, target))));
        Message[] messages = [.. example.Messages.Select(message => message with
        {
            Content = [.. message.Content.Select(part => part.Text is { } text ? new Content(Filled(text, left)) : part)],
        })];
        (string Old, string New)[] rest = [.. left];
        return example with
        {
            Messages = messages,
            Answer = Filled(example.Answer, new(rest)),
            Truth = example.Truth switch
            {
                Truth.Word word => new Truth.Word(Filled(word.Answer, new(rest))),
                Truth.Text text => new Truth.Text(Filled(text.Answer, new(rest))),
                var other => other,
            },
            Boxes = [],
        };
    }

    // Each box once, in order: what stands behind the last one found.
    private static string Filled(string text, Queue<(string Old, string New)> boxes)
    {
        var filled = new StringBuilder();
        int copied = 0;
        while (boxes.TryPeek(out (string Old, string New) box) && text.IndexOf(box.Old, copied, StringComparison.Ordinal) is >= 0 and var at)
        {
            filled.Append(text.AsSpan(copied, at - copied)).Append(box.New);
            copied = at + box.Old.Length;
            boxes.Dequeue();
        }

        return filled.Append(text.AsSpan(copied)).ToString();
    }

    private static string Written(WrittenBox box, Frame frame, Extent target) => "[" + string.Join(", ", box.Numbers.Select((number, i) =>
        Shown(number * (i % 2 == 0 ? target.Width / box.Width : target.Height / box.Height), frame))) + "]";

    // Four numbers of a text that are a box become those of the moved one, whatever stands between them.
    private static string Rewritten(string answer, (Box From, Box To)[] boxes, Frame frame)
    {
        MatchCollection numbers = Number().Matches(answer);
        var text = new StringBuilder();
        int copied = 0;
        for (int i = 0; i + 4 <= numbers.Count; i++)
        {
            if (Array.FindIndex(boxes, box => Names(numbers, i, box.From)) is not (>= 0 and var found))
                continue;
            foreach ((int k, double value) in Edges(boxes[found].To).Index())
            {
                text.Append(answer.AsSpan(copied, numbers[i + k].Index - copied)).Append(Shown(value, frame));
                copied = numbers[i + k].Index + numbers[i + k].Length;
            }

            i += 3;
        }

        return text.Append(answer.AsSpan(copied)).ToString();
    }

    // A text may name the edges in whole numbers where the truth has fractions.
    private static bool Names(MatchCollection numbers, int first, Box box)
    {
        double half = box.X2 > 1.5 ? 0.5 : 1e-3;
        return Edges(box).Index().All(edge => Math.Abs(Value(numbers[first + edge.Index]) - edge.Item) <= half);
    }

    private static double[] Edges(Box box) => [box.X1, box.Y1, box.X2, box.Y2];

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
