namespace Vlm.Checkpoints;

/// <summary>
/// The small files of a model folder that are written again wherever the model is: known names alone, for what else lies in a
/// folder is the user's, and people publish what is written.
/// </summary>
internal static class SmallFiles
{
    // By which the model is read: a copy of the folder without them would be another model.
    private static readonly string[] s_read =
    [
        "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json", "chat_template.jinja",
        "chat_template.json", "generation_config.json",
    ];

    // The older form of what tokenizer.json has, and what other programs read.
    private static readonly string[] s_other =
    [
        "added_tokens.json", "merges.txt", "special_tokens_map.json", "tokenizer.model", "video_preprocessor_config.json",
        "vocab.json",
    ];

    /// <summary>Name and content of those that are there.</summary>
    /// <exception cref="UsageException">
    /// One that the model is read by is a link to outside of the folder, or one is no regular file.
    /// </exception>
    internal static IReadOnlyDictionary<string, byte[]> Of(string folder)
    {
        string[] there = [.. s_read.Concat(s_other).Where(name => File.Exists(Path.Combine(folder, name))).Order(StringComparer.Ordinal)];
        bool slow = !there.Contains("tokenizer.json");
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in there)
        {
            string path = Path.Combine(folder, name);
            if (IsInside(path, folder))
                files[name] = HubFile.ReadBytes(path);
            else if (slow || s_read.Contains(name))
                throw new UsageException(
                    $"{name} is a link to {HubFile.RealPath(path)}, outside of the folder, and its content would be "
                    + "copied into every folder that is written", path, "the file itself in place of the link");
        }
        return files;
    }

    // In the folder, or what a snapshot of the hub's cache keeps beside it: <repository>/snapshots/<commit>/name is a link into
    // <repository>/blobs.
    private static bool IsInside(string path, string folder)
    {
        (string file, string real) = (HubFile.RealPath(path), HubFile.RealPath(folder));
        return Below(file, real) || (SnapshotsAbove(real) is { } repository && Below(file, Path.Combine(repository, "blobs")));
    }

    private static bool Below(string file, string folder) =>
        file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? SnapshotsAbove(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
            if (Path.GetFileName(at) == "snapshots")
                return Path.GetDirectoryName(at);
        return null;
    }
}
