using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary><c>rollouts.parquet</c>: every rollout with its question, its scores and the reasons for them, to be asked with SQL.</summary>
internal sealed class RolloutLog
{
    public const string Name = "rollouts", FileName = Name + StepTable.Ending;
    private const int RowsPerPart = 2048;

    private static readonly Column[] s_columns =
    [
        new("prompt", ColumnType.Text),
        new("member", ColumnType.Integer),
        new("text", ColumnType.Text),
        new("stop", ColumnType.Text),
        new("actions", ColumnType.List(ColumnType.Integer)),
        new("log_probs", ColumnType.List(ColumnType.Real)),
        new("scores", Shown.ScoresType),
        new("reward", ColumnType.Real),
        new("advantage", ColumnType.Real),
        new("tokens", ColumnType.List(ColumnType.Integer)),
        .. Shown.QuestionColumns,
        new("box", Shown.BoxType),
        new("pieces", ColumnType.List(ColumnType.Text)),
    ];

    private readonly StepTable _table;
    private readonly PictureLog _pictures;

    /// <summary>Continues the log of a folder.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="pictures">Keeps the pictures of some groups.</param>
    /// <param name="keep">The last step whose rows are kept; -1 keeps nothing.</param>
    public RolloutLog(string run, PictureLog pictures, long keep) => (_table, _pictures) = (new(run, Name, s_columns, keep), pictures);

    /// <summary>Takes the samples of a step; they reach the disk with the next part.</summary>
    public void Add(long step, Batch batch)
    {
        foreach ((int number, int[] group) in batch.Groups.Index())
        {
            Example example = batch[group[0]].Rollout.Prompt.Example;
            string? picture = number < PictureLog.GroupsOf(step) ? _pictures.Keep(step, example) : null;
            object?[] question = Shown.Question(example, picture);
            _table.Add(step, group.Select(i => Row(batch[i], question)));
        }

        if (_table.Waiting >= RowsPerPart)
            Flush();
    }

    /// <summary>Writes what was taken as a part.</summary>
    public void Flush() => _table.Flush();

    /// <summary>Makes one file of the parts.</summary>
    public void Merge() => _table.Merge();

    private static object?[] Row(Sample sample, object?[] question)
    {
        Rollout rollout = sample.Rollout;
        return
        [
            rollout.Prompt.Id, rollout.Member, rollout.Text, OptionText.Kebab(rollout.Stop.ToString()), rollout.Actions,
            rollout.LogProbs, Shown.Scores(sample.Score.Parts), sample.Score.Value, sample.Advantage.Mean,
            rollout.Codes is null ? null : rollout.Tokens, .. question, Shown.AnsweredBox(rollout.Prompt.Example, rollout.Text),
            rollout.Pieces,
        ];
    }
}
