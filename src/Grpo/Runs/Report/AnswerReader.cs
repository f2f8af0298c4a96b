using Vlm.Tables;

namespace Vlm.Grpo.Reports;

/// <summary>answers.parquet: each held-out question with its first and its last answer.</summary>
internal static class AnswerReader
{
    private const string Before = "before", After = "after";

    /// <summary>The rows over all kinds.</summary>
    internal const string AllQuestions = "all questions", MeanReward = "mean reward";

    private static readonly string[] s_columns =
    [
        "step", "moment", "id", "kind", "question", "truth", "truth_box", "picture",
        "answer", "stop", "scores", "reward", "reason", "correct", "box", "codes", "pieces",
    ];

    /// <summary>All held-out questions in their order; none where the run asked none, or is of an earlier version.</summary>
    /// <param name="folder">The run's folder.</param>
    public static IReadOnlyList<Compared> Read(string folder)
    {
        var moments = new Dictionary<(string, long), Dictionary<string, TableRow>>();
        var order = new List<(string Moment, long Step)>();
        foreach (TableRow row in Cells.Rows(folder, AnswerTable.Name, s_columns))
        {
            (string, long) moment = (row.Text("moment") ?? After, row.Has("step") ? row.Get<long>("step") : 0);
            if (!moments.TryGetValue(moment, out Dictionary<string, TableRow>? rows))
            {
                moments.Add(moment, rows = []);
                order.Add(moment);
            }

            rows[row.Text("id") ?? ""] = row;      // asked again after a stop: the last stands
        }

        if (order.Count == 0)
            return [];
        (string Moment, long Step) last = order.OrderBy(at => at.Step).ThenBy(at => at.Moment == After).Last();
        Dictionary<string, TableRow>? first = order.Any(at => at.Moment == Before)
            ? moments[order.First(at => at.Moment == Before)] : null;
        if (last.Moment == Before)
            first = null;
        return [.. moments[last].Values.Select(row => new Compared(row.Question("id"),
            first?.GetValueOrDefault(row.Text("id") ?? "")?.Answered("answer"), row.Answered("answer")))];
    }

    /// <summary>What became of a question.</summary>
    public static Outcome Of(Compared one) => (one.Before?.Correct, one.After.Correct) switch
    {
        (_, null) => Outcome.Unknown,
        (null, true) => Outcome.Right,
        (null, false) => Outcome.Wrong,
        (false, true) => Outcome.Fixed,
        (true, false) => Outcome.Broken,
        (false, false) => Outcome.StillWrong,
        (true, true) => Outcome.StillRight,
    };

    /// <summary>Before and after of each kind and of all, from the answers; from the run's reports where it kept no answers.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="answers">As <see cref="Read"/> gives them.</param>
    public static IReadOnlyList<ResultRow> Results(string folder, IReadOnlyList<Compared> answers) =>
        answers.Count == 0 ? ReportReader.Rows(folder) :
    [
        .. answers.GroupBy(one => one.Question.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Where(kind => kind.Any(one => one.After.Correct is not null)).Select(kind => Right(kind.Key, [.. kind])),
        .. answers.Any(one => one.After.Correct is not null) ? [Right(AllQuestions, answers)] : Array.Empty<ResultRow>(),
        Paid(MeanReward, answers),
        .. answers.Any(one => one.Question.TruthBox is not null) ? [Overlaps([.. answers.Where(one => one.Question.TruthBox is not null)])]
            : Array.Empty<ResultRow>(),
    ];

    private static ResultRow Right(string name, IReadOnlyList<Compared> answers)
    {
        return new(name, Share([.. answers.Select(one => one.Before?.Correct).OfType<bool>()]),
            Share([.. answers.Select(one => one.After.Correct).OfType<bool>()]), IsShare: true);

        static Estimate? Share(bool[] right) =>
            right.Length == 0 ? null : Estimates.Share(right.Average(one => one ? 1.0 : 0), right.Length);
    }

    private static ResultRow Paid(string name, IReadOnlyList<Compared> answers) => new(name,
        Mean(answers.Select(one => one.Before?.Reward)), Mean(answers.Select(one => (double?)one.After.Reward)), IsShare: false);

    private static ResultRow Overlaps(IReadOnlyList<Compared> boxes) => new("mean IoU of boxes",
        Mean(boxes.Select(one => one.Before is { } before ? Overlap(one, before) : (double?)null)),
        Mean(boxes.Select(one => (double?)Overlap(one, one.After))), IsShare: false);

    /// <summary>Intersection over union of an answer's box with the truth's; 0 where there is no box.</summary>
    internal static double Overlap(Compared one, Answered answer) =>
        answer.Box is { } box && one.Question.TruthBox is { } truth ? Rewards.Iou.Overlap(box, truth) : 0;

    private static Estimate? Mean(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>().Where(double.IsFinite)];
        return known.Length == 0 ? null : Estimates.Mean(known);
    }
}
