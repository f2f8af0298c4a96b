namespace Vlm.Datasets;

/// <summary>Documents: text without images.</summary>
internal static class TextLayout
{
    /// <summary>It has a text, and neither a question nor a conversation.</summary>
    public static bool Is(Row row) => row.Columns.Contains("text");

    /// <summary>The document is the answer to <see cref="TextExamples.Request"/>.</summary>
    public static RowParts Read(Row row) => new()
    {
        Turns = [Message.User(TextExamples.Request)],
        Answer = row["text"] is string text && !string.IsNullOrWhiteSpace(text)
            ? text : throw row.Wrong("the row has no text", "{\"text\": \"...\"} or {\"messages\": [{role, content}]}"),
        AnswerType = "text",
        Kind = "text",
        Beside = ImageColumns.Read(row),
    };
}
