using System.Globalization;
using Vlm.Images;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>Reads what is right for a row, and refuses what cannot be: rewards trust it.</summary>
internal static class TruthRow
{
    public static Truth Read(TableRow row, string path, string id, string answer, byte[][] images)
    {
        string text = ExampleRow.Optional(row, "truth") as string ?? answer;
        string type = ExampleRow.Optional(row, "answer_type") as string
            ?? (ExampleRow.Optional(row, "box") is null ? "word" : "region");
        return type switch
        {
            "word" => new Truth.Word(text),
            "number" => Number(text, path, id),
            "choice" => Choice(row, text, path, id),
            "region" => Region(row, path, id, images),
            "text" => new Truth.Passage(text),
            "caption" => Caption(text, path, id),
            _ => throw ExampleRow.Wrong(
                path, id, $"there is no answer_type '{type}'",
                "answer_type word, number, choice, region, text or caption"),
        };
    }

    /// <summary>A caption's objects as text: "small red circle 0.25 0.5; large blue square 0.75 0.125".</summary>
    public static string Write(Truth.Caption caption) => string.Join("; ", caption.Objects.Select(item => string.Create(
        CultureInfo.InvariantCulture, $"{item.Size} {item.Color} {item.Shape} {item.X:R} {item.Y:R}")));

    private static Truth.Caption Caption(string text, string path, string id)
    {
        CaptionObject?[] objects = [.. text.Split("; ").Select(Object)];
        var truth = new Truth.Caption([.. objects.OfType<CaptionObject>()]);
        try
        {
            CaptionReward.Of("", truth);
        }
        catch (ArgumentException)
        {
            objects = [null];
        }

        return !objects.Contains(null)
            ? truth
            : throw ExampleRow.Wrong(
                path, id, $"the truth '{text}' is not a list of objects that captions are read for",
                "small red circle 0.25 0.5; large blue square 0.75 0.125");
    }

    private static CaptionObject? Object(string text) =>
        text.Split(' ') is [var size, var color, var shape, var left, var top]
        && double.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
        && double.TryParse(top, NumberStyles.Float, CultureInfo.InvariantCulture, out double y)
            ? new CaptionObject(size, color, shape, x, y)
            : null;

    private static Truth.Number Number(string text, string path, string id) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && double.IsFinite(number)
            ? new Truth.Number(number)
            : throw ExampleRow.Wrong(path, id, $"the truth '{text}' is no number", "a number such as 3 or 0.5");

    private static Truth.Choice Choice(TableRow row, string text, string path, string id)
    {
        string[] options = [.. (ExampleRow.Optional(row, "choices") as object?[] ?? []).OfType<string>()];
        bool right = text.Length == 1 && text[0] >= 'A' && text[0] < 'A' + options.Length;
        return right
            ? new Truth.Choice(text[0], options)
            : throw ExampleRow.Wrong(
                path, id, $"the truth '{text}' is the letter of none of {options.Length} choices",
                "the letter of a choice");
    }

    private static Truth.Region Region(TableRow row, string path, string id, byte[][] images)
    {
        if (Numbers(ExampleRow.Optional(row, "box")) is not [var x1, var y1, var x2, var y2])
            throw ExampleRow.Wrong(path, id, "the row's box is not four numbers", "a box of x1, y1, x2, y2");
        if (!Enum.TryParse(ExampleRow.Optional(row, "frame") as string, out Frame frame) || !Enum.IsDefined(frame))
            throw ExampleRow.Wrong(
                path, id, "the row's box has no frame that says what its numbers mean",
                $"frame {string.Join(", ", Enum.GetNames<Frame>())}");

        (double width, double height) = Extent(row, path, id, frame, images);
        var box = new Box(x1, y1, x2, y2);
        Check(box, frame, width, height, path, id);
        return new Truth.Region(box, frame, width, height);
    }

    // The size of the image itself and not what a column says of it, where the frame is the image.
    private static (double Width, double Height) Extent(
        TableRow row, string path, string id, Frame frame, byte[][] images)
    {
        if (frame == Frame.OriginalPixels && images.Length > 0)
            return ImageCodec.DecodeSize(images[0], $"{path}, row {id}");
        return (frame, Numbers(ExampleRow.Optional(row, "frame_size"))) switch
        {
            (Frame.Unit, _) => (1, 1),
            (Frame.Thousand, _) => (1000, 1000),
            (_, [var width, var height]) => (width, height),
            _ => throw ExampleRow.Wrong(
                path, id, $"the row's box is in {frame}, and nothing says how large that frame is", "frame_size w, h"),
        };
    }

    private static void Check(Box box, Frame frame, double width, double height, string path, string id)
    {
        string said = string.Create(CultureInfo.InvariantCulture, $"box [{box.X1}, {box.Y1}, {box.X2}, {box.Y2}]");
        string size = frame == Frame.OriginalPixels ? "image" : $"{frame} frame";
        string extent = string.Create(CultureInfo.InvariantCulture, $"{width} x {height} {size}");
        string fix = string.Create(
            CultureInfo.InvariantCulture, $"x1 < x2 within 0 to {width}, y1 < y2 within 0 to {height}");
        if (!(box.X1 < box.X2 && box.Y1 < box.Y2))
            throw ExampleRow.Wrong(path, id, $"{said} on the {extent} has no area", fix);
        if (!(box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= width && box.Y2 <= height))
            throw ExampleRow.Wrong(path, id, $"{said} reaches outside the {extent}", fix);
    }

    private static double[]? Numbers(object? list) => list is object?[] items
        && items.All(item => item is double or long)
            ? [.. items.Select(item => Convert.ToDouble(item, CultureInfo.InvariantCulture))]
            : null;
}
