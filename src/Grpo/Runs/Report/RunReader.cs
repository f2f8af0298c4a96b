using Vlm.Tables;

namespace Vlm.Grpo.Reports;

/// <summary>A run's folder as what a report shows of it.</summary>
internal static class RunReader
{
    private const int ShownHeldOut = 320, Again = 8;
    private const long HeldOutBytes = 7_500_000, GroupBytes = 2_500_000;       // of encoded pictures

    /// <summary>Reads a run.</summary>
    /// <exception cref="UsageException">The folder holds no run, or one that has nothing to show yet.</exception>
    public static RunView Read(string folder)
    {
        Check(folder);
        for (int again = Again; ; again--)
        {
            string[] tables = Tables(folder);
            try
            {
                return View(folder);
            }
            catch (UsageException) when (again > 0 && !tables.SequenceEqual(Tables(folder)))
            {
                // The run made one file of the parts that were being read, or was resumed: what is there now is read.
            }
        }
    }

    private static string[] Tables(string folder) =>
        [.. ((string[])[AnswerTable.Name, RolloutLog.Name, PictureLog.Name]).SelectMany(name => StepTable.Files(folder, name))];

    private static RunView View(string folder)
    {
        (IReadOnlyDictionary<string, Series> series, long step) = SeriesReader.Read(folder);
        IReadOnlyList<Compared> answers = AnswerReader.Read(folder);
        IReadOnlyList<ResultRow> results = AnswerReader.Results(folder, answers);
        RolloutReader.Found rollouts = RolloutReader.Read(folder);
        RunHead head = HeadReader.Read(folder, step);
        if (series.Count == 0 && results.Count == 0 && rollouts.Count == 0)
            throw Empty(folder, head);
        var outcomes = answers.GroupBy(AnswerReader.Of).ToDictionary(same => same.Key, same => same.Count());
        Compared[] shown = [.. Some(answers)];
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new(folder, name, head, series, SeriesReader.Marks(folder), results, shown, answers.Count, outcomes,
            rollouts.Groups, rollouts.Count, rollouts.Reasons, rollouts.Codes,
            Health.Of(folder, series), Health.GoldPlot(folder, series), Pictures(folder, shown, rollouts.Groups))
        {
            Methods = MethodReader.Read(folder),
        };
    }

    /// <summary>As many of each outcome as there is room for, spread evenly, in their order.</summary>
    internal static IEnumerable<Compared> Some(IReadOnlyList<Compared> answers, int most = ShownHeldOut)
    {
        if (answers.Count <= most)
            return answers;
        List<int[]> outcomes = [.. answers.Index().GroupBy(one => AnswerReader.Of(one.Item), one => one.Index)
            .Select(same => same.ToArray()).OrderBy(same => same.Length)];
        var taken = new List<int>();
        for (int i = 0; i < outcomes.Count; i++)
        {
            int[] from = outcomes[i];
            int room = Math.Min(from.Length, (most - taken.Count) / (outcomes.Count - i));
            taken.AddRange(Enumerable.Range(0, room).Select(n => from[(int)((long)n * from.Length / room)]));
        }

        return taken.Order().Select(i => answers[i]);
    }

    private static Dictionary<string, Picture> Pictures(string folder, Compared[] heldOut, IReadOnlyList<Group> groups)
    {
        HashSet<string> held = [.. heldOut.Select(one => one.Question.Picture).OfType<string>()],
            grouped = [.. groups.Select(group => group.Question.Picture).OfType<string>()];
        (long heldBytes, long groupBytes) = (0, 0);
        var pictures = new Dictionary<string, Picture>(StringComparer.Ordinal);
        foreach (TableRow row in Cells.Rows(folder, PictureLog.Name, "key", "picture", "width", "height"))
        {
            string key = row.Get<string>("key");
            if (!(held.Contains(key) && heldBytes < HeldOutBytes) && !(grouped.Contains(key) && groupBytes < GroupBytes))
                continue;
            var picture = new Picture(row.Get<byte[]>("picture"), (int)row.Get<long>("width"), (int)row.Get<long>("height"));
            if (pictures.TryAdd(key, picture))
                _ = held.Contains(key) ? heldBytes += picture.File.Length : groupBytes += picture.File.Length;
        }

        return pictures;
    }

    /// <summary>Refuses what is no run's folder.</summary>
    public static void Check(string folder)
    {
        if (File.Exists(folder))
            throw new UsageException("that is a file, and a run is a folder", folder,
                Path.GetDirectoryName(folder) is { Length: > 0 } inside ? inside : "the folder of a run, such as runs/quickstart");
        if (!Directory.Exists(folder))
            throw new UsageException("there is no such run", folder, "the folder of a run, such as runs/quickstart");
        if (!RunFolder.HoldsRun(folder) && RunFolder.ReadOptions(folder) is null)
            throw new UsageException("this is no run: it has neither options.json nor metrics.jsonl nor result.json", folder,
                "the folder of a run, which --out names, such as runs/quickstart");
    }

    private static UsageException Empty(string folder, RunHead head) => new(
        head.State switch
        {
            RunState.Running => "the run has begun and has nothing to show yet: no step, no rollout and no held-out answer",
            RunState.Finished => "the run has no steps, no rollouts and no held-out answers: there is nothing to show",
            _ => "the run ended before its first step: it has no rollouts and no held-out answers",
        },
        folder, head.State == RunState.Running ? $"wait for its first step, then ./vlm report {folder}"
            : head.Command ?? "a run that trains, or ./vlm score");
}
