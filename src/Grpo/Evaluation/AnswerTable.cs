using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary>Answers to held-out questions as rows of a table: <c>answers.parquet</c>.</summary>
/// <remarks>
/// <c>moment</c> is "before", "step 100", "after" or what else an evaluation is called; <c>truth_box</c> and <c>box</c> are in pixels of the
/// first picture; <c>picture</c> is a key of pictures.parquet, null where the picture is not kept; <c>codes</c> and <c>pieces</c> are the
/// codes of a latent policy and the text of the token that each brought about, null where the policy acts by tokens.
/// </remarks>
public static class AnswerTable
{
    /// <summary>The file, without its ending.</summary>
    public const string Name = "answers";

    /// <summary>Names and types.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        new("moment", ColumnType.Text),
        new("id", ColumnType.Text),
        new("answer", ColumnType.Text),
        new("stop", ColumnType.Text),
        new("scores", Shown.ScoresType),
        new("reward", ColumnType.Real),
        new("reason", ColumnType.Text),
        new("correct", ColumnType.Flag),
        .. Shown.QuestionColumns,
        new("box", Shown.BoxType),
        new("codes", ColumnType.List(ColumnType.Integer)),
        new("pieces", ColumnType.List(ColumnType.Text)),
    ];

    /// <summary>A row.</summary>
    /// <param name="moment">What the evaluation is called.</param>
    /// <param name="example">What was asked.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="picture">The picture's key; null where it is not kept.</param>
    public static IReadOnlyList<object?> Row(string moment, Example example, ScoredAnswer answer, string? picture) =>
    [
        moment, answer.Id, answer.Completion, OptionText.Kebab(answer.Stop.ToString()), Shown.Scores(answer.Parts), answer.Score.Value,
        answer.Score.Reason, answer.Truth.IsKnown && !double.IsNaN(answer.Correct.Value) ? answer.Correct.Value >= 1 : null, .. Shown.Question(example, picture),
        Shown.AnsweredBox(example, answer.Completion), answer.Codes, answer.Pieces,
    ];
}
