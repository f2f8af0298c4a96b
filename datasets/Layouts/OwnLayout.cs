namespace Vlm.Datasets;

/// <summary>The layout that <see cref="ParquetExamples.Write"/> writes.</summary>
internal static class OwnLayout
{
    /// <summary>What a row can have.</summary>
    internal static readonly string[] Columns =
    [
        "id", "kind", "image", "images", "question", "messages", "answer", "answer_type", "truth", "choices", "box", "frame",
        "frame_size", "reward", "metric",
    ];

    /// <summary>It has a question and an answer, and nothing that this layout does not have.</summary>
    public static bool Is(Row row) => row.Columns.Contains("id") && row.Columns.Contains("answer")
        && (row.Columns.Contains("question") || row.Columns.Contains("messages")) && row.Columns.All(Columns.Contains);

    /// <summary>What stands where.</summary>
    public static RowParts Read(Row row)
    {
        object? answer = row["answer"] ?? throw row.Wrong("the row has no answer", "an answer in every row");
        RowParts parts = row.Has("messages") ? ChatLayouts.Chat(row, "messages")
            : QuestionLayouts.Asked(row, row["question"] as string ?? throw row.Wrong("the row has no question", "a question, or messages, in every row"));
        return parts with { Answer = answer, Box = row["box"], BoxForm = BoxForm.Xyxy, EndsWithAnswer = false };
    }
}
