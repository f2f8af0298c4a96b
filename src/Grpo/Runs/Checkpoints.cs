using System.Globalization;

namespace Vlm.Grpo;

/// <summary>A complete checkpoint.</summary>
/// <param name="Step">Updates done when it was saved.</param>
/// <param name="Path">Its folder.</param>
public sealed record Checkpoint(long Step, string Path);

/// <summary>The checkpoints of a run: <c>checkpoints/step-N</c>, each complete or absent.</summary>
public static class Checkpoints
{
    private const string Prefix = "step-";

    /// <summary>
    /// Saves a checkpoint in one step. <paramref name="fill"/> writes the files into the folder it is given.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="fill">Writes weights, optimizer and whatever else a resumed run needs.</param>
    /// <exception cref="Vlm.UsageException">The disk is full; the checkpoints before this one are
    /// untouched.</exception>
    public static Checkpoint Save(string run, long step, Action<string> fill)
    {
        string path = PathOf(run, step);
        CompleteFolder.Write(path, fill, lastGood: Latest(run)?.Path);
        return new(step, path);
    }

    /// <summary>Where the checkpoint of a step is, or will be.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="step">Updates done.</param>
    public static string PathOf(string run, long step) =>
        Path.Combine(Folder(run), Prefix + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>The newest complete checkpoint of a run, or null.</summary>
    public static Checkpoint? Latest(string run) => All(run) is [.., var newest] ? newest : null;

    /// <summary>The complete checkpoints of a run, oldest first.</summary>
    public static IReadOnlyList<Checkpoint> All(string run)
    {
        if (!Directory.Exists(Folder(run)))
            return [];
        return
        [
            .. Directory.GetDirectories(Folder(run), Prefix + "*")
                .Select(path => (Path: path, Step: StepOf(path)))
                .Where(found => found.Step is not null)
                .Select(found => new Checkpoint(found.Step!.Value, found.Path))
                .OrderBy(checkpoint => checkpoint.Step),
        ];
    }

    /// <summary>Deletes all but the newest; each that goes is complete until it is gone.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="count">How many of the newest stay; 0 keeps all.</param>
    /// <param name="results">Steps whose checkpoints stay besides, such as those that a later phase starts from.</param>
    public static void Keep(string run, int count, IReadOnlyCollection<long> results)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
            return;
        foreach (Checkpoint old in All(run).SkipLast(count).Where(old => !results.Contains(old.Step)))
            CompleteFolder.Remove(old.Path);
    }

    internal static string Folder(string run) => Path.Combine(run, "checkpoints");

    private static long? StepOf(string path) =>
        long.TryParse(
            Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step : null;
}
