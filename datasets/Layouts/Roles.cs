namespace Vlm.Datasets;

/// <summary>Finds the column of a row that plays a role, of those that published files use.</summary>
internal static class Roles
{
    private static readonly string[] s_questions = ["question", "problem", "query", "prompt", "instruction"];

    private static readonly string[] s_answers =
    [
        "answer", "answers", "solution", "ground_truth", "gt_answer", "response", "output", "label", "target", "final_answer",
        "correct_answer", "answerKey", "multiple_choice_answer", "reward_model.ground_truth",
    ];

    /// <summary>True where a column has a text that asks.</summary>
    public static bool HasQuestion(Row row) => row.Map.Has("question") || s_questions.Any(name => row.Peek(name) is string);

    /// <summary>The text that is asked; null where no column has one.</summary>
    /// <exception cref="UsageException">Two columns could be it.</exception>
    public static string? Question(Row row, params string[] names)
    {
        string? asked = Pick(row, "question", names.Length > 0 ? names : s_questions) switch
        {
            null => null,
            string text => text,
            var other => throw row.Wrong($"the question is {Values.KindOf(other)}", "a text"),
        };
        // Alpaca: the text that an instruction is about.
        return asked is not null && row.Has("instruction") && row["input"] is string { Length: > 0 } input ? $"{asked}\n{input}" : asked;
    }

    /// <summary>What is right; null where no column says it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="more">Columns that this layout has beside the usual ones.</param>
    /// <exception cref="UsageException">Two columns could be it.</exception>
    public static object? Answer(Row row, params string[] more)
    {
        string[] names = [.. s_answers, .. more];
        // VQA: the most frequent of the answers stands beside all of them.
        return Pick(row, "answer", row.Has("answers") ? [.. names.Where(name => name != "multiple_choice_answer")] : names);
    }

    /// <summary>The value of the one column that plays a role; null where none does.</summary>
    /// <exception cref="UsageException">Two could.</exception>
    public static object? Pick(Row row, string role, IReadOnlyList<string> names)
    {
        if (row.Map.Has(role))
            return row[role] ?? throw Missing(row, role);
        string[] present = [.. names.Where(row.Has)];
        if (present.Length > 1)
            throw row.Wrong(
                $"the columns {string.Join(" and ", present)} could each be the {role}",
                $"{nameof(DatasetOptions.Columns)} = {role}={present[0]}");
        return present.Length == 1 ? row[present[0]] : names.Where(name => row.Peek(name) is not null).Select(name => row[name]).FirstOrDefault();
    }

    /// <summary>A role was given a column that this row lacks.</summary>
    internal static UsageException Missing(Row row, string role)
    {
        string column = row.Map.Given[role];
        return row.Columns.Contains(column.Split('.')[0])
            ? row.Wrong($"the column {column} holds nothing", $"a value for the {role} in every row")
            : row.Wrong(
                $"there is no column {column} for the {role}; there are {row.ColumnNames}",
                $"{nameof(DatasetOptions.Columns)} = {role}={NearestName.Ranked(column, row.Columns, 1)[0]}");
    }
}
