namespace Vlm;

/// <summary>Writes files that are either complete or as they were, whatever happens meanwhile.</summary>
/// <remarks>
/// A file is written beside its place, flushed to the disk and then renamed: on POSIX file systems the rename is one step.
/// </remarks>
public static class CompleteFile
{
    /// <summary>Writes a file and puts it in place.</summary>
    /// <param name="path">Replaced where it exists. Its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The disk is full, or refuses; nothing half-written is left.</exception>
    public static void Write(string path, Action<FileStream> write) => WriteAll([(path, write)]);

    /// <summary>Writes a text file, in UTF-8, and puts it in place.</summary>
    /// <param name="path">Replaced where it exists. Its folder must exist.</param>
    /// <param name="text">The content.</param>
    /// <exception cref="IOException">The disk is full, or refuses; nothing half-written is left.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes files that belong together: none is put in place before all are written.</summary>
    /// <param name="files">Each is replaced where it exists. Their folders must exist.</param>
    /// <exception cref="IOException">The disk is full, or refuses; nothing half-written is left.</exception>
    public static void WriteAll(IReadOnlyList<(string Path, Action<FileStream> Write)> files)
    {
        try
        {
            foreach ((string path, Action<FileStream> write) in files)
            {
                using var file = new FileStream(Partial(path), FileMode.Create, FileAccess.Write);
                write(file);
                file.Flush(flushToDisk: true);
            }
            foreach ((string path, _) in files)
                File.Move(Partial(path), path, overwrite: true);
        }
        catch
        {
            foreach ((string path, _) in files)
                File.Delete(Partial(path));
            throw;
        }
        foreach (string folder in files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file.Path))!).Distinct())
            Disk.FlushEntries(folder);
    }

    // Two processes may write the same file: the later rename wins.
    private static string Partial(string path) => $"{path}.{Environment.ProcessId}.partial";
}
