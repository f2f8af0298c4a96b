namespace Vlm;

/// <summary>Writes a folder that is either complete or absent, whatever happens meanwhile.</summary>
/// <remarks>
/// The files are written into a hidden neighbour, flushed to the disk, and the neighbour is renamed: on POSIX file
/// systems the rename is one step. A folder that is replaced is set aside first and put back by <see cref="Clean"/> if
/// the process dies between the two renames.
/// </remarks>
public static class CompleteFolder
{
    private const string Partial = ".partial", Replaced = ".replaced";

    /// <summary>Fills a folder and puts it in place.</summary>
    /// <param name="path">Where it shall be. Replaced where it exists.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <param name="lastGood">What remains if the disk is full, named in the message.</param>
    /// <exception cref="UsageException">The disk is full. Nothing half-written is left.</exception>
    public static void Write(string path, Action<string> fill, string? lastGood = null)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string partial = Beside(target, Partial);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Delete(partial);
            Directory.CreateDirectory(partial);
            fill(partial);
            Disk.Flush(partial);
            Swap(partial, target);
        }
        catch (Exception error)
        {
            Delete(partial);
            if (Disk.IsFull(error))
                throw Full(path, lastGood, "make room on that disk, then do the same again");
            throw;
        }
    }

    /// <summary>Deletes a folder. It stays complete until it is gone: <see cref="Clean"/> ends what was interrupted.</summary>
    /// <param name="path">An existing folder.</param>
    public static void Remove(string path)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string partial = Beside(target, Partial);
        Delete(partial);
        Directory.Move(target, partial);
        Delete(partial);
    }

    /// <summary>
    /// Removes what an interrupted <see cref="Write"/> left in a folder, and restores what it had set aside.
    /// </summary>
    public static void Clean(string parent)
    {
        if (!Directory.Exists(parent))
            return;

        foreach (string partial in Directory.GetDirectories(parent, ".*" + Partial))
            Delete(partial);
        foreach (string replaced in Directory.GetDirectories(parent, ".*" + Replaced))
        {
            string target = Path.Combine(parent, Path.GetFileName(replaced)[1..^Replaced.Length]);
            if (Directory.Exists(target))
                Delete(replaced);
            else
                Directory.Move(replaced, target);
        }
    }

    /// <summary>What to say of a full disk.</summary>
    /// <param name="path">What was being written.</param>
    /// <param name="lastGood">The last good checkpoint; null where there is none.</param>
    /// <param name="fix">What to do.</param>
    public static UsageException Full(string path, string? lastGood, string fix) => new(
        $"the disk is full; {path} is not complete"
            + (lastGood is null ? "" : $", the last good checkpoint is {lastGood}"),
        path, fix);

    private static void Swap(string partial, string target)
    {
        string replaced = Beside(target, Replaced);
        Delete(replaced);
        if (Directory.Exists(target))
            Directory.Move(target, replaced);
        Directory.Move(partial, target);
        Disk.FlushEntries(Path.GetDirectoryName(target)!);
        Delete(replaced);
    }

    private static string Beside(string target, string ending) =>
        Path.Combine(Path.GetDirectoryName(target)!, "." + Path.GetFileName(target) + ending);

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
