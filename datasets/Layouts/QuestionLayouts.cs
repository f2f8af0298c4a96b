using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Layouts whose question is a text in a column.</summary>
internal static class QuestionLayouts
{
    /// <summary>EasyR1, R1-V and VLM-R1's referring expressions: the question is called a problem.</summary>
    public static bool IsProblem(Row row) => row.Peek("problem") is string && (row.Has("answer") || row.Has("solution"));

    /// <summary>A problem with its answer; a solution of four numbers is a box in pixels, as VLM-R1 publishes them.</summary>
    public static RowParts Problem(Row row)
    {
        RowParts parts = Asked(row, Roles.Question(row, "problem", "question")!) with { Answer = Roles.Answer(row) };
        return Values.Numbers(parts.Answer) is { Length: 4 } && row.Has("solution")
            ? parts with { Frame = Frame.OriginalPixels, BoxForm = BoxForm.Xyxy } : parts;
    }

    /// <summary>A question and an answer under any of their usual names.</summary>
    public static bool IsVqa(Row row) => Named(row, "question", ["question", "query", "problem", "instruction", "prompt"])
        && (Named(row, "answer", ["answer", "answers", "solution", "response", "output", "label", "ground_truth", "gt_answer",
            "target", "final_answer", "correct_answer", "answerKey", "multiple_choice_answer", "reward_model"]) || row.Has("box"));

    /// <summary>What stands where.</summary>
    public static RowParts Vqa(Row row) =>
        Asked(row, Roles.Question(row) ?? throw row.Wrong("the row has no question", "a question in every row")) with
        {
            Answer = Roles.Answer(row),
            Box = row["box"],
        };

    /// <summary>A question about the images of the row.</summary>
    public static RowParts Asked(Row row, string question) => new()
    {
        Turns = [.. ChatTurns.History(row["history"], row), Message.User(question)],
        Beside = ImageColumns.Read(row),
        IsQuestion = true,
    };

    private static bool Named(Row row, string role, string[] names) => row.Map.Has(role) || names.Any(row.Columns.Contains);
}
