using System.Text.Json.Nodes;
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
            throw new UsageException($"there is something at \"{path}\" already", $"Out = {path}",
                File.Exists(target) ? $"Out = {path}-onnx" : $"Out = {path}-2, or Force = true to write into it");
        try
        {
            if (occupied)
                Into(target, fill);
            else
                HubFolder.Save(target, fill);
        }
        catch (IOException error) when (error.HResult is NoSpace or Quota or WindowsFull)
        {
            throw new UsageException($"the disk is full; nothing is left of the export: {error.Message}", $"Out = {path}",
                "a folder on a disk with more room");
        }
    }

    private static void Into(string target, Action<string> fill)
    {
        string beside = $"{target}.exporting";
        if (Directory.Exists(beside))
            Directory.Delete(beside, recursive: true);
        HubFolder.Save(beside, fill);
        DropOtherLayout(target, beside);
        foreach (string file in Directory.GetFiles(beside, "*", SearchOption.AllDirectories))
        {
            string place = Path.Combine(target, Path.GetRelativePath(beside, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(file, place, overwrite: true);
        }
        Directory.Delete(beside, recursive: true);
    }

    // An earlier export for the other client: whatever is laid out for that one would be loaded, and is older.
    private static void DropOtherLayout(string target, string beside)
    {
        (string? client, string[] files) = Report(target);
        if (client is null || client == Report(beside).Client)
            return;
        if (files.Contains(GenaiConfig.DecoderGraph))
            files = [.. files, GenaiConfig.File, GenaiConfig.Processor];
        foreach (string name in files.Where(name => !File.Exists(Path.Combine(beside, name))))
            File.Delete(Path.Combine(target, name));
    }

    // Graphs lie in the folder or in the one below it; other names are not those of an export.
    private static (string? Client, string[] Files) Report(string folder)
    {
        string file = Path.Combine(folder, OnnxExport.ReportFile);
        if (!File.Exists(file) || HubFolder.ReadJson(file) is not { } json || json["files"] is not JsonObject files)
            return (null, []);
        return (json["client"]?.ToString(), [.. files.Select(item => item.Key)
            .Where(name => name == Path.GetFileName(name) || name == $"{OnnxExport.Graphs}/{Path.GetFileName(name)}")
            .Where(name => File.Exists(Path.Combine(folder, name)))]);
    }
}
