using Vlm.Tables;

namespace Vlm.Grpo.Reports;

/// <summary>rollouts.parquet in two passes that hold no more than what is shown: counts of all rows, and the rows of some groups.</summary>
internal static class RolloutReader
{
    private const int Spans = 20, ShownSteps = 6, ShownGroups = 4, MostReasons = 7;
    /// <summary>Columns that a group is made of.</summary>
    public static readonly string[] Columns =
    [
        "step", "prompt", "member", "text", "stop", "scores", "reward", "advantage", "actions", "tokens",
        "kind", "question", "truth", "truth_box", "picture", "box", "pieces",
    ];

    /// <summary>What is shown of rollouts.</summary>
    /// <param name="Count">Rollouts of the run.</param>
    /// <param name="Reasons">Of each reward.</param>
    /// <param name="Groups">Whole groups of some steps.</param>
    /// <param name="Codes">Null where the policy acts by tokens.</param>
    internal sealed record Found(long Count, IReadOnlyList<Reasons> Reasons, IReadOnlyList<Group> Groups, CodeUsage? Codes);

    /// <summary>Reads the rollouts of a run.</summary>
    /// <param name="folder">The run's folder; without rollouts all is empty.</param>
    public static Found Read(string folder)
    {
        (long Step, bool HasPicture)[] rows = [.. Cells.Rows(folder, RolloutLog.Name, "step", "picture")
            .Select(row => (row.Get<long>("step"), row.Text("picture") is not null))];
        if (rows.Length == 0)
            return new(0, [], [], null);
        (long first, long last) = (rows.Min(row => row.Step), rows.Max(row => row.Step));
        HashSet<long> shown = [.. Shown(rows)];
        var reasons = new ReasonCounts(first, last, Spans);
        var groups = new Dictionary<(long, string), List<TableRow>>();
        var codes = new CodeCounts(first, last);
        // A run that goes on may have written more since the first pass.
        foreach (TableRow row in Cells.Rows(folder, RolloutLog.Name, Columns).Where(row => row.Get<long>("step") <= last))
        {
            long step = row.Get<long>("step");
            reasons.Add(step, row.Parts());
            codes.Add(step, row.Codes() ?? []);
            if (shown.Contains(step))
                Keep(groups, row, step);
        }

        return new(rows.Length, reasons.Most(MostReasons), [.. groups.Select(group => Group(group.Key.Item1, group.Value))],
            codes.Usage);
    }

    // Steps whose pictures are kept, spread evenly over them: the first and the last of them always.
    private static IEnumerable<long> Shown((long Step, bool HasPicture)[] rows)
    {
        long[] steps = [.. rows.Where(row => row.HasPicture).Select(row => row.Step).Distinct().Order()];
        if (steps.Length == 0)
            steps = [.. rows.Select(row => row.Step).Distinct().Order()];
        double apart = (steps.Length - 1) / (double)(ShownSteps - 1);
        return Enumerable.Range(0, ShownSteps).Select(i => steps[(int)Math.Round(apart * i)]).Distinct();
    }

    private static void Keep(Dictionary<(long, string), List<TableRow>> groups, TableRow row, long step)
    {
        (long, string) key = (step, row.Text("prompt") ?? "");
        if (groups.TryGetValue(key, out List<TableRow>? rows))
            rows.Add(row);
        else if (groups.Keys.Count(other => other.Item1 == step) < ShownGroups)
            groups.Add(key, [row]);
    }

    /// <summary>The answers to one question, best first.</summary>
    public static Group Group(long step, IReadOnlyList<TableRow> rows) => new(step, rows[0].Question("prompt"),
    [
        .. rows.Select(row => new Member(row.Answered("text"), row.Number("advantage")))
            .OrderByDescending(member => double.IsNaN(member.Answer.Reward) ? double.NegativeInfinity : member.Answer.Reward),
    ]);
}
