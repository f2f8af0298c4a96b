using System.Globalization;
using Vlm.Images;
using Vlm.Tables;

namespace Vlm.Grpo.Reports;

/// <summary>The rollouts of one step, as a run's rollouts.parquet and pictures.parquet have them.</summary>
/// <param name="Step">The step.</param>
/// <param name="Steps">Every step that has rollouts, in words: "1 to 40, 42".</param>
/// <param name="PicturedStep">This step or the nearest one of which pictures were kept; null where none were.</param>
/// <param name="Groups">In the order they were sampled.</param>
public sealed record StepRollouts(long Step, string Steps, long? PicturedStep, IReadOnlyList<Group> Groups)
{
    private const int MostSpans = 8;
    private readonly Dictionary<string, Picture> _pictures = [];

    /// <summary>Reads a step, of a run that goes on or was killed too.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">Null for the last one.</param>
    /// <exception cref="UsageException">The folder holds no run, one without rollouts, or none of this step.</exception>
    public static StepRollouts Read(string folder, long? step = null)
    {
        RunReader.Check(folder);
        (long[] steps, long[] pictured) = Kept(folder);
        if (steps.Length == 0)
            throw None(folder, HeadReader.Read(folder, SeriesReader.Read(folder).Last));
        long asked = step ?? steps[^1];
        if (Array.BinarySearch(steps, asked) < 0)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"there are no rollouts of step {asked}; there are those of {Spans(steps)}"),
                string.Create(CultureInfo.InvariantCulture, $"--step {asked}"),
                string.Create(CultureInfo.InvariantCulture, $"--step {Nearest(steps, asked)}"));
        Group[] groups = [.. Cells.Rows(folder, RolloutLog.Name, RolloutReader.Columns).Where(row => row.Get<long>("step") == asked)
            .GroupBy(row => row.Text("prompt")).Select(rows => RolloutReader.Group(asked, [.. rows]))];
        var found = new StepRollouts(asked, Spans(steps), pictured.Length == 0 ? null : Nearest(pictured, asked), groups);
        HashSet<string> keys = [.. groups.Select(group => group.Question.Picture).OfType<string>()];
        if (keys.Count > 0)
            foreach (TableRow row in Cells.Rows(folder, PictureLog.Name, "key", "picture", "width", "height").Where(row => keys.Contains(row.Get<string>("key"))))
                found._pictures[row.Get<string>("key")] = new(row.Get<byte[]>("picture"), (int)row.Get<long>("width"), (int)row.Get<long>("height"));
        return found;
    }

    /// <summary>The picture of a group, with the size that its boxes refer to; null where none was kept.</summary>
    /// <param name="group">One of these.</param>
    public (RgbImage Image, int Width, int Height)? Picture(Group group) =>
        group?.Question.Picture is { } key && _pictures.TryGetValue(key, out Picture? kept)
            ? (ImageCodec.Decode(kept.File, key), kept.Width, kept.Height) : null;

    private static (long[] Steps, long[] Pictured) Kept(string folder)
    {
        (var steps, var pictured) = (new SortedSet<long>(), new SortedSet<long>());
        foreach (TableRow row in Cells.Rows(folder, RolloutLog.Name, "step", "picture"))
        {
            steps.Add(row.Get<long>("step"));
            if (row.Text("picture") is not null)
                pictured.Add(row.Get<long>("step"));
        }

        return ([.. steps], [.. pictured]);
    }

    private static long Nearest(long[] steps, long step) => steps.MinBy(one => Math.Abs(one - step));

    /// <summary>Steps in words: "1 to 40, 42"; the first and last of many spans.</summary>
    internal static string Spans(IReadOnlyList<long> steps)
    {
        var spans = new List<(long First, long Last)>();
        foreach (long step in steps)
            if (spans.Count > 0 && spans[^1].Last == step - 1)
                spans[^1] = (spans[^1].First, step);
            else
                spans.Add((step, step));
        string[] words = [.. spans.Select(span => span.First == span.Last
            ? string.Create(CultureInfo.InvariantCulture, $"{span.First}") : string.Create(CultureInfo.InvariantCulture, $"{span.First} to {span.Last}"))];
        return string.Join(", ", words.Length <= MostSpans ? words : [.. words[..(MostSpans - 2)], "...", words[^1]]);
    }

    private static UsageException None(string folder, RunHead head) => new(
        head.State switch
        {
            RunState.Running => "the run goes on, and none of its rollouts have reached the disk: they do at checkpoints and every 2,048",
            RunState.Finished => "this run has no rollouts: it learned from given answers, or measured",
            _ => "the run ended before any of its rollouts reached the disk",
        },
        folder, head.State switch
        {
            RunState.Running => $"wait for its first checkpoint, then ./vlm show {folder}",
            RunState.Finished => $"./vlm report {folder}, whose page has its held-out answers",
            _ => head.Resume ?? head.Command ?? "a run of grpo or ppo",
        });
}
