using System.Globalization;

namespace Vlm.Rewards;

/// <summary>Truths as columns of a table and back; refuses what cannot be: rewards trust it.</summary>
internal static class TruthFormat
{
    public static Truth Word(TruthColumns row) => new Truth.Word(Written(row));

    public static Truth Text(TruthColumns row) => new Truth.Text(Written(row));

    public static Truth Expression(TruthColumns row) => new Truth.Expression(Written(row));

    // Whether it is a schema is what the reward checks, when a kind reads its row.
    public static Truth Schema(TruthColumns row) => new Truth.Schema(string.IsNullOrWhiteSpace(row.Text)
        ? throw row.Wrong("the true answer is empty", "a JSON Schema in every row") : row.Text);

    public static Truth Number(TruthColumns row) => Truth.Number.TryParse(AnswerOf(row), out Truth.Number? number)
        ? number : throw row.Wrong($"the truth '{row.Text}' is no number", "a number such as 3, 0.5, 1,000 or 12%");

    public static Truth Choice(TruthColumns row)
    {
        IReadOnlyList<string> options = row.Choices ?? [];
        if (ChoiceOptions.Problem(options) is { } problem)
            throw row.Wrong(problem, $"2 to {ChoiceOptions.Most} choices, none empty, all different");
        int[] meant = row.Index is { } index ? [checked((int)Math.Clamp(index, -1, ChoiceOptions.Most))]
            : ChoiceOptions.Meant(AnswerOf(row), options);
        return meant switch
        {
            [>= 0 and var only] when only < options.Count => new Truth.Choice((char)('A' + only), options),
            [var one, var other] => throw row.Wrong(
                $"the truth '{row.Text}' is option {(char)('A' + one)} by its text and option {(char)('A' + other)} by its letter",
                "choices whose texts are not each other's letters"),
            _ => throw row.Wrong(
                $"the truth '{row.Index?.ToString(CultureInfo.InvariantCulture) ?? row.Text}' is none of {options.Count} choices",
                $"the letter of a choice, its text, or its number, 0 to {options.Count - 1}"),
        };
    }

    public static Truth Region(TruthColumns row)
    {
        if (row.Box is not [var x1, var y1, var x2, var y2])
            throw row.Wrong("the row's box is not four numbers", "a box of x1, y1, x2, y2");
        Frame frame = FrameOf(row);
        Extent extent = ExtentOf(row, frame);
        var box = new Box(x1, y1, x2, y2);
        Check(row, box, frame, extent);
        return new Truth.Region(box, frame, extent.Width, extent.Height);
    }

    public static TruthColumns Write(Truth truth) => truth switch
    {
        Truth.Number number => new()
        {
            Text = number.Answer.ToString("R", CultureInfo.InvariantCulture) + (number.IsPercent ? "%" : ""),
        },
        Truth.Choice choice => new() { Text = $"{choice.Letter}", Choices = choice.Options },
        Truth.Region { Box: var box } region => new()
        {
            Box = [box.X1, box.Y1, box.X2, box.Y2],
            Frame = $"{region.Frame}",
            FrameSize = [region.Width, region.Height],
        },
        _ => throw new ArgumentException($"no column holds a {truth.Kind}", nameof(truth)),
    };

    private static string Written(TruthColumns row) => string.IsNullOrWhiteSpace(AnswerOf(row))
        ? throw row.Wrong("the true answer is empty", "an answer in every row") : AnswerOf(row);

    // What the conventions that leave no doubt say the answer is: "<answer> 3 </answer>", "...\n#### 3", "so \boxed{3}".
    internal static string AnswerOf(TruthColumns row) => AnswerFormats.Explicit(row.Text ?? "") ?? row.Text ?? "";

    internal static Frame FrameOf(TruthColumns row) => Enum.TryParse(row.Frame, out Frame frame) && Enum.IsDefined(frame) ? frame
        : throw row.Wrong(
            "the row's box has no frame that says what its numbers mean", $"frame {string.Join(", ", Enum.GetNames<Frame>())}");

    // The size of the image itself and not what a column says of it, where the frame is the image.
    internal static Extent ExtentOf(TruthColumns row, Frame frame)
    {
        if (frame == Frame.OriginalPixels && row.ImageSize is { } image)
            return image();
        return (frame, row.FrameSize) switch
        {
            (Frame.Unit or Frame.Thousand, _) => Frames.ExtentOf(frame, null, null),
            (_, [var width, var height]) => new(width, height),
            _ => throw row.Wrong(
                $"the row's box is in {frame}, and nothing says how large that frame is", "frame_size w, h"),
        };
    }

    internal static void Check(TruthColumns row, Box box, Frame frame, Extent extent)
    {
        (double width, double height) = (extent.Width, extent.Height);
        string said = string.Create(CultureInfo.InvariantCulture, $"box [{box.X1}, {box.Y1}, {box.X2}, {box.Y2}]");
        string within = frame == Frame.OriginalPixels ? "image" : $"{frame} frame";
        string size = string.Create(CultureInfo.InvariantCulture, $"{width} x {height} {within}");
        string fix = string.Create(
            CultureInfo.InvariantCulture, $"x1 < x2 within 0 to {width}, y1 < y2 within 0 to {height}");
        if (!(box.X1 < box.X2 && box.Y1 < box.Y2))
            throw row.Wrong($"{said} on the {size} has no area", fix);
        if (!(box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= width && box.Y2 <= height))
            throw row.Wrong($"{said} reaches outside the {size}", fix);
    }
}
