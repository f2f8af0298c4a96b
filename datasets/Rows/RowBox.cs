using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The box of a row as left, top, right and bottom edge in a frame that is known.</summary>
internal static class RowBox
{
    // Annotations are rounded to pixels, and some tools count the last pixel as one more.
    private const double MostClipped = 1;

    private static readonly string[] s_sizes = ["image_", "img_"];

    /// <summary>The columns with the box in place, clipped where it leaves its frame by no more than a pixel.</summary>
    /// <exception cref="UsageException">Nothing says what the numbers mean, or two say different things.</exception>
    public static TruthColumns Framed(TruthColumns columns, Row row, RowParts parts, DatasetOptions options, ReadCounts counts)
    {
        double[] box = [.. columns.Box!];
        Frame frame = FrameOf(row, parts, options, box);
        if (frame == Frame.OriginalPixels && columns.ImageSize is null)
            throw row.Wrong("the row has a box in pixels, and no image", "an image in every row with a box");
        if (frame == Frame.OriginalPixels)
            CheckSize(row, columns.ImageSize!());
        box = Edges(box, Form(box, row, parts, options, columns, frame, counts));
        if (ExtentOf(frame, columns) is { } extent && Clip(box, extent, Pixel(frame, extent, columns)))
            counts.Clipped++;
        return columns with { Box = box, Frame = $"{frame}" };
    }

    /// <summary>The columns with the frame of the boxes that a text names.</summary>
    /// <exception cref="UsageException">Nothing says what the numbers mean, or two say different things.</exception>
    public static TruthColumns Named(TruthColumns columns, Row row, RowParts parts, DatasetOptions options)
    {
        Box first = AnsweredBox.All(columns.Text ?? "") is [var box, ..] ? box : default;
        Frame frame = FrameOf(row, parts, options, [first.X1, first.Y1, first.X2, first.Y2]);
        return frame == Frame.OriginalPixels && columns.ImageSize is null
            ? throw row.Wrong("the row has boxes in pixels, and no image", "an image in every row with a box")
            : columns with { Frame = $"{frame}" };
    }

    /// <summary>What the numbers of a row's box can mean, by themselves; null where both can be.</summary>
    /// <param name="box">Four numbers in pixels.</param>
    /// <param name="width">Of the image.</param>
    /// <param name="height">Of the image.</param>
    public static BoxForm? Evidence(IReadOnlyList<double> box, double width, double height)
    {
        bool edges = box[2] > box[0] && box[3] > box[1] && box[2] <= width + MostClipped && box[3] <= height + MostClipped;
        bool sizes = box[0] + box[2] <= width + MostClipped && box[1] + box[3] <= height + MostClipped;
        return edges == sizes ? null : edges ? BoxForm.Xyxy : BoxForm.Xywh;
    }

    // The file says how large the image was when its boxes were drawn; COCO does for each.
    private static void CheckSize(Row row, Extent image)
    {
        foreach (string prefix in s_sizes)
            if (Values.Numbers(new[] { row[$"{prefix}width"], row[$"{prefix}height"] }) is [> 0 and var width, > 0 and var height]
                && (width != image.Width || height != image.Height))
                throw row.Wrong(
                    string.Create(CultureInfo.InvariantCulture, $"the row's box is of an image of {width:R} x {height:R}, and its image has {image.Width} x {image.Height}"),
                    "the image at the size that its boxes were drawn on");
    }

    private static Frame FrameOf(Row row, RowParts parts, DatasetOptions options, double[] box)
    {
        Frame? told = row.Has("frame") ? Named(Values.Text(row["frame"]), row) : null;
        if (told is not null && options.Frame is { } chosen && chosen != told)
            throw row.Wrong($"the row says {told} and the options say {chosen}", $"{nameof(DatasetOptions.Frame)} = {OptionText.Show(told)}");
        if ((told ?? options.Frame) is { } known)
            return known;
        if (parts.Frame == Frame.OriginalPixels && Array.TrueForAll(box, edge => edge is >= 0 and <= 1))
            throw row.Wrong($"the box {BoxText.Show(box)} cannot be pixels", $"{nameof(DatasetOptions.Frame)} = unit");
        return parts.Frame ?? throw row.Wrong(
            $"nothing says what the numbers of the box {BoxText.Show(box)} mean",
            $"{nameof(DatasetOptions.Frame)} = {Guess(box)}, or one of {string.Join(", ", Enum.GetValues<Frame>().Select(frame => OptionText.Show(frame)))}");
    }

    private static string Guess(double[] box) => OptionText.Show(
        Array.TrueForAll(box, edge => edge is >= 0 and <= 1) ? Frame.Unit : Frame.OriginalPixels);

    // A number is no name, and two names are no frame.
    private static Frame Named(string? name, Row row)
    {
        foreach (Frame frame in Enum.GetValues<Frame>())
            if (string.Equals(name, $"{frame}", StringComparison.OrdinalIgnoreCase) || name == OptionText.Show(frame))
                return frame;
        throw row.Wrong($"there is no frame '{name}'", $"frame {string.Join(", ", Enum.GetNames<Frame>())}");
    }

    private static BoxForm Form(
        double[] box, Row row, RowParts parts, DatasetOptions options, TruthColumns columns, Frame frame, ReadCounts counts)
    {
        if ((parts.BoxForm ?? options.BoxForm ?? counts.BoxForm) is { } form)
            return form;
        if (parts.Box is null)
            return BoxForm.Xyxy;        // in an answer, as models write them
        if (ExtentOf(frame, columns) is { } size && Evidence(box, size.Width, size.Height) is { } shown)
            return (counts.BoxForm = shown).Value;
        throw new UndecidedBoxException(
            $"the box {BoxText.Show(box)} can be two corners, or a corner with width and height", row.Where,
            $"{nameof(DatasetOptions.BoxForm)} = xywh, as COCO annotations are, or {nameof(DatasetOptions.BoxForm)} = xyxy");
    }

    private static double[] Edges(double[] box, BoxForm form) =>
        form == BoxForm.Xyxy ? box : [box[0], box[1], box[0] + box[2], box[1] + box[3]];

    private static Extent? ExtentOf(Frame frame, TruthColumns columns) => (frame, columns.FrameSize) switch
    {
        (Frame.OriginalPixels, _) => columns.ImageSize?.Invoke(),
        (Frame.ResizedPixels, [var width, var height]) => new(width, height),
        (Frame.ResizedPixels, _) => null,
        _ => Frames.ExtentOf(frame, null, null),
    };

    // The extent of a pixel of the image in a frame; nothing where there is no image.
    private static Extent Pixel(Frame frame, Extent extent, TruthColumns columns)
    {
        if (frame is Frame.OriginalPixels or Frame.ResizedPixels)
            return new(MostClipped, MostClipped);
        return columns.ImageSize?.Invoke() is { } image
            ? new(MostClipped * extent.Width / image.Width, MostClipped * extent.Height / image.Height) : new(0, 0);
    }

    private static bool Clip(double[] box, Extent extent, Extent pixel)
    {
        double[] clipped =
        [
            box[0] < 0 && box[0] >= -pixel.Width ? 0 : box[0], box[1] < 0 && box[1] >= -pixel.Height ? 0 : box[1],
            box[2] > extent.Width && box[2] <= extent.Width + pixel.Width ? extent.Width : box[2],
            box[3] > extent.Height && box[3] <= extent.Height + pixel.Height ? extent.Height : box[3],
        ];
        bool changed = !clipped.AsSpan().SequenceEqual(box);
        clipped.CopyTo(box, 0);
        return changed;
    }
}

/// <summary>A box whose numbers can be meant in two ways: other rows of the file may tell.</summary>
internal sealed class UndecidedBoxException(string problem, string where, string fix) : UsageException(problem, where, fix);
