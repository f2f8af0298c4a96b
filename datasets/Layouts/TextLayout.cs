namespace Vlm.Datasets;

/// <summary>Documents: text without images.</summary>
internal static class TextLayout
{
    /// <summary>It has a text, and neither a question nor a conversation.</summary>
    public static bool Is(Row row) => row.Columns.Contains("text");

    /// <summary>The document is the answer to <see cref="TextExamples.Request"/>.</summary>
    public static RowParts Read(Row row)
    {
        if (row["text"] is not string text || string.IsNullOrWhiteSpace(text))
            throw row.Wrong("the row has no text", "{\"text\": \"...\"} or {\"messages\": [{role, content}]}");
        if (ImageColumns.Read(row).Count > 0)
            throw row.Wrong("the row has a text and an image, and no question", $"{nameof(DatasetOptions.Columns)} = question=COLUMN,answer=text");
        if (Marks.In(text) is { } mark)
            throw row.Wrong($"a document holds {mark}, the mark of an image", "text without images, or a question with its answer");
        return new() { Turns = [Message.User(TextExamples.Request)], Answer = text, AnswerType = "text", Kind = "text" };
    }
}
