using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Referring expressions: an image, what is said of a region, and its box.</summary>
internal static class RefCocoLayout
{
    private static readonly string[] s_phrases =
        ["phrase", "expression", "ref", "refexp", "referring_expression", "sentence", "sentences", "sent", "caption", "description", "text"];

    private static readonly string[] s_boxes = ["bbox", "box", "bbox_xyxy", "bbox_xywh", "bounding_box"];

    /// <summary>It has a box, and a phrase in place of a question with its answer.</summary>
    public static bool Is(Row row) => s_boxes.Any(row.Has) && s_phrases.Any(row.Has) && !row.Has("question") && !row.Has("problem");

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
        return QuestionLayouts.Asked(row, Grounding.Ask(said)) with
        {
            Box = Roles.Pick(row, "box", s_boxes),
            Frame = Frame.OriginalPixels,
            BoxForm = row.Has("bbox_xyxy") ? BoxForm.Xyxy : row.Has("bbox_xywh") ? BoxForm.Xywh : null,
        };
    }
}

/// <summary>How a region is asked for where a file has phrases in place of questions.</summary>
internal static class Grounding
{
    /// <summary>The frame is not named: each model answers in its own, and the truth is converted to it.</summary>
    public static string Ask(string phrase) => $"Where is {phrase.Trim().TrimEnd('.')}? Answer with its box as [x1, y1, x2, y2].";
}
