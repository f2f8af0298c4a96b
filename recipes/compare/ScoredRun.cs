using Vlm;
using Vlm.Tables;

/// <summary>An answer of a score run.</summary>
/// <param name="Key">The id of the question, behind its task where it has one.</param>
/// <param name="Kind">The kind of question, or the task.</param>
/// <param name="Score">What it earned.</param>
/// <param name="IsRight">It earned the most.</param>
/// <param name="Text">What was answered.</param>
/// <param name="Question">What was asked; empty where the file does not say.</param>
sealed record KeptAnswer(string Key, string Kind, double Score, bool IsRight, string Text, string Question);

/// <summary>The answers of a score run, by their questions.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="Answers">In the order they were asked.</param>
sealed record ScoredRun(string Folder, IReadOnlyList<KeptAnswer> Answers)
{
    private const string File = "answers.parquet";

    /// <summary>True where a folder holds the answers of a finished score run.</summary>
    public static bool IsAt(string folder) => System.IO.File.Exists(Path.Combine(folder, File));

    /// <summary>Reads the answers of a folder.</summary>
    /// <exception cref="UsageException">It has none, or two to one question.</exception>
    public static ScoredRun Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UsageException("there is no such run", folder, "the folder of a run, such as runs/score");
        if (!IsAt(folder))
            throw new UsageException($"this run has no {File}, and others have", folder, "./vlm score, whose runs have one");
        KeptAnswer[] answers = [.. Last([.. ParquetFile.Read(Path.Combine(folder, File))]).Select(Answer)];
        return answers.CountBy(answer => answer.Key).FirstOrDefault(key => key.Value > 1).Key is not { } twice ? new(folder, answers)
            : throw new UsageException($"two answers of this run are to a question {twice}", folder, "a run of ./vlm score of this version");
    }

    /// <summary>The same questions as another run's, in its order.</summary>
    /// <exception cref="UsageException">The two were asked different questions.</exception>
    public IReadOnlyList<KeptAnswer> InOrderOf(ScoredRun other)
    {
        Dictionary<string, KeptAnswer> mine = Answers.ToDictionary(answer => answer.Key);
        if (other.Answers.FirstOrDefault(answer => !mine.ContainsKey(answer.Key)) is { } missing)
            throw Different(missing.Key, other.Folder, Folder);
        HashSet<string> theirs = [.. other.Answers.Select(answer => answer.Key)];
        if (Answers.FirstOrDefault(answer => !theirs.Contains(answer.Key)) is { } extra)
            throw Different(extra.Key, Folder, other.Folder);
        if (other.Answers.FirstOrDefault(answer => mine[answer.Key].Question != answer.Question) is { } changed)
            throw new UsageException(
                $"question {changed.Key} is asked in other words in {other.Folder}", Folder, "runs of the same data, mode and template");
        return [.. other.Answers.Select(answer => mine[answer.Key])];
    }

    private static UsageException Different(string key, string has, string lacks) => new(
        $"question {key} of {has} was not asked in this run: different questions cannot be paired", lacks,
        "runs of the same --data, --limit and --task");

    // A run that trains asks before, on the way and after: what counts is the last.
    private static IEnumerable<TableRow> Last(IReadOnlyList<TableRow> rows)
    {
        string? moment = rows.Count > 0 ? rows[^1].Get<string>("moment") : null;
        return rows.Where(row => row.Get<string>("moment") == moment);
    }

    private static KeptAnswer Answer(TableRow row) => new(
        row.Get<string>("id"), row.Get<string>("kind"), row["reward"] as double? ?? double.NaN, row["correct"] is true, row.Get<string>("answer"),
        row["question"] as string ?? "");
}
