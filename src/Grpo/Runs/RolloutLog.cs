using System.Globalization;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary><c>rollouts.parquet</c>: every rollout with its scores, to be asked with SQL.</summary>
/// <remarks>
/// While the run goes on, rows lie in parts, <c>rollouts/part-N.parquet</c>, N the first step of the part. A part ends
/// before every checkpoint, so a resumed run drops whole parts. When the run finishes, the parts become one file.
/// </remarks>
internal sealed class RolloutLog
{
    public const string FileName = "rollouts.parquet", Parts = "rollouts";
    private const int RowsPerPart = 2048;

    private static readonly Column[] s_columns =
    [
        new("step", ColumnType.Integer),
        new("prompt", ColumnType.Text),
        new("member", ColumnType.Integer),
        new("text", ColumnType.Text),
        new("stop", ColumnType.Text),
        new("actions", ColumnType.List(ColumnType.Integer)),
        new("log_probs", ColumnType.List(ColumnType.Real)),
        new("scores", ColumnType.List(ColumnType.Of(
            ("name", ColumnType.Text), ("weight", ColumnType.Real), ("value", ColumnType.Real),
            ("reason", ColumnType.Text)))),
        new("reward", ColumnType.Real),
        new("advantage", ColumnType.Real),
    ];

    private readonly string _folder;
    private readonly List<IReadOnlyList<object?>> _rows = [];
    private long _firstStep;

    /// <summary>Continues the log of a folder.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="keep">The last step whose rows are kept; -1 keeps nothing.</param>
    public RolloutLog(string run, long keep)
    {
        _folder = run;
        if (File.Exists(Whole))
            Reopen(keep);
        foreach (string part in PartFiles().Where(part => FirstStepOf(part) > keep))
            File.Delete(part);
    }

    private string Whole => Path.Combine(_folder, FileName);

    private string PartFolder => Path.Combine(_folder, Parts);

    /// <summary>Takes the samples of a step; they reach the disk with the next part.</summary>
    public void Add(long step, Batch batch)
    {
        if (_rows.Count == 0)
            _firstStep = step;
        _rows.AddRange(batch.Select(sample => Row(step, sample)));
        if (_rows.Count >= RowsPerPart)
            Flush();
    }

    /// <summary>Writes what was taken as a part.</summary>
    public void Flush()
    {
        if (_rows.Count == 0)
            return;
        string name = string.Create(CultureInfo.InvariantCulture, $"part-{_firstStep:0000000000}.parquet");
        ParquetFile.Write(Path.Combine(PartFolder, name), s_columns, _rows);
        _rows.Clear();
    }

    /// <summary>Makes one file of the parts.</summary>
    public void Merge()
    {
        Flush();
        string[] parts = PartFiles();
        if (parts.Length == 0)
            return;
        Copy(parts, keep: long.MaxValue, Whole);
        Disk.FlushEntries(_folder);
        Directory.Delete(PartFolder, recursive: true);
    }

    private static object?[] Row(long step, Sample sample)
    {
        Rollout rollout = sample.Rollout;
        return
        [
            step, rollout.Prompt.Id, rollout.Member, rollout.Text, OptionText.Kebab(rollout.Stop.ToString()),
            rollout.Actions, rollout.LogProbs, sample.Score.Parts.Select(Fields).ToArray(), sample.Score.Value,
            sample.Advantage.Mean,
        ];
    }

    private static object?[] Fields(ScorePart part) => [part.Name, part.Weight, part.Score.Value, part.Score.Reason];

    // Parts beside the one file are in it already: a run was killed before it deleted them.
    private void Reopen(long keep)
    {
        if (Directory.Exists(PartFolder))
            Directory.Delete(PartFolder, recursive: true);
        Copy([Whole], keep, Path.Combine(PartFolder, "part-0000000000.parquet"));
        Disk.FlushEntries(PartFolder);
        File.Delete(Whole);
    }

    private static void Copy(IEnumerable<string> from, long keep, string to) => ParquetFile.Write(
        to, s_columns,
        from.SelectMany(part => ParquetFile.Read(part, [.. s_columns.Select(column => column.Name)]))
            .Where(row => row.Get<long>("step") <= keep)
            .Select(row => row.Values));

    private string[] PartFiles() => Directory.Exists(PartFolder)
        ? [.. Directory.GetFiles(PartFolder, "part-*.parquet").Order(StringComparer.Ordinal)] : [];

    private static long FirstStepOf(string part) =>
        long.Parse(Path.GetFileNameWithoutExtension(part)["part-".Length..], CultureInfo.InvariantCulture);
}
