using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Referring expressions: an image, what is said of a region, and its box.</summary>
internal static class RefCocoLayout
{
    private static readonly string[] s_phrases =
        ["phrase", "expression", "ref", "refexp", "referring_expression", "sentence", "sentences", "sent", "caption", "description", "text"];

    /// <summary>What published files call the column of a box.</summary>
    internal static readonly string[] Boxes = ["bbox", "box", "bbox_xyxy", "bbox_xywh", "bounding_box"];

    // A column for each number: Visual Genome, and tables of Pascal VOC.
    private static readonly (string[] Columns, BoxForm Form)[] s_apart =
    [
        (["x", "y", "width", "height"], BoxForm.Xywh), (["x", "y", "w", "h"], BoxForm.Xywh), (["x1", "y1", "x2", "y2"], BoxForm.Xyxy),
        (["xmin", "ymin", "xmax", "ymax"], BoxForm.Xyxy), (["x_min", "y_min", "x_max", "y_max"], BoxForm.Xyxy),
    ];

    /// <summary>It has a box, and a phrase in place of a question with its answer.</summary>
    public static bool Is(Row row) => (Boxes.Any(row.Has) || Apart(row) is not null) && s_phrases.Any(row.Has) && !row.Has("question") && !row.Has("problem");

    /// <summary>Where the phrase is; pixels of the image, and the form that the column's name says.</summary>
    public static RowParts Read(Row row)
    {
        object? phrase = Values.Structured(Roles.Pick(row, "question", [.. s_phrases.Where(name => name != "ref" || row.Peek(name) is string)]));
        string said = Values.Listed(phrase).FirstOrDefault() switch
        {
            string text => text,
            IReadOnlyDictionary<string, object?> sentence when (sentence.GetValueOrDefault("sent") ?? sentence.GetValueOrDefault("raw")) is string text => text,
            _ => throw row.Wrong("the row has no text that refers to its box", "phrase: the red cup on the left"),
        };
        (string[] Columns, BoxForm Form)? apart = Roles.Pick(row, "box", Boxes) is null ? Apart(row) : null;
        return QuestionLayouts.Asked(row, Grounding.Ask(said)) with
        {
            Box = apart?.Columns.Select(column => row[column]).ToArray() ?? Roles.Pick(row, "box", Boxes),
            Frame = Frame.OriginalPixels,
            BoxForm = apart?.Form ?? (row.Has("bbox_xyxy") ? BoxForm.Xyxy : row.Has("bbox_xywh") ? BoxForm.Xywh : null),
        };
    }

    private static (string[] Columns, BoxForm Form)? Apart(Row row) =>
        s_apart.FirstOrDefault(item => item.Columns.All(column => row.Peek(column) is double or long)) is { Columns: not null } found ? found : null;
}

/// <summary>How a region is asked for where a file has phrases in place of questions.</summary>
internal static class Grounding
{
    /// <summary>The frame is not named: each model answers in its own, and the truth is converted to it.</summary>
    public static string Ask(string phrase) => $"Where is {phrase.Trim().TrimEnd('.')}? Answer with its box as [x1, y1, x2, y2].";
}
