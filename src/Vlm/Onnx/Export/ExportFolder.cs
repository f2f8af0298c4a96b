using Vlm.Checkpoints;

namespace Vlm.Onnx.Export;

/// <summary>Writes a folder that is complete, or is not there.</summary>
internal static class ExportFolder
{
    private const int NoSpace = 28, Quota = 122, WindowsFull = unchecked((int)0x80070070);

    /// <summary>Fills a folder.</summary>
    /// <param name="path">Absent or empty, unless forced.</param>
    /// <param name="force">
    /// Moves the files, once all are there, into a folder that may have others: what it has under other names stays.
    /// </param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <exception cref="UsageException">The folder is not empty, or the disk is full.</exception>
    public static void Write(string path, bool force, Action<string> fill)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        bool occupied = Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any();
        if (File.Exists(target) || (occupied && !force))
            throw new UsageException($"there is something at \"{path}\" already", $"--out {path}",
                File.Exists(target) ? $"--out {path}-onnx" : $"--out {path}-2, or --force to write into it");
        try
        {
            if (occupied)
                Into(target, fill);
            else
                HubFolder.Save(target, fill);
        }
        catch (IOException error) when (error.HResult is NoSpace or Quota or WindowsFull)
        {
            throw new UsageException($"the disk is full; nothing is left of the export: {error.Message}", $"--out {path}",
                "a folder on a disk with more room");
        }
    }

    private static void Into(string target, Action<string> fill)
    {
        string beside = $"{target}.exporting";
        if (Directory.Exists(beside))
            Directory.Delete(beside, recursive: true);
        HubFolder.Save(beside, fill);
        foreach (string file in Directory.GetFiles(beside, "*", SearchOption.AllDirectories))
        {
            string place = Path.Combine(target, Path.GetRelativePath(beside, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(file, place, overwrite: true);
        }
        Directory.Delete(beside, recursive: true);
    }
}
