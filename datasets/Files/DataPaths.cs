using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>One of the places that data comes from.</summary>
/// <param name="Name">As it was typed, without its weight.</param>
/// <param name="Weight">How often each of its rows comes in an epoch.</param>
/// <param name="Files">In the order of their names.</param>
internal sealed record DataSource(string Name, double Weight, IReadOnlyList<string> Files);

/// <summary>Finds the files that a path, a folder or a pattern names.</summary>
internal static partial class DataPaths
{
    private static readonly string[] s_endings = [".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv"];

    // Files about a data set.
    private static readonly string[] s_about =
        ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "config.json", "croissant.json", "package.json"];

    private static readonly string[] s_splits = ["train", "test", "validation", "val", "valid", "dev", "eval"];

    /// <summary>Reads "a.parquet:2": a path, and how often its rows come in an epoch.</summary>
    /// <exception cref="UsageException">A weight that is no number above 0, or no such file.</exception>
    public static DataSource Source(string text)
    {
        (string path, double weight) = WeightedPath.Parse(text);
        return new(path, weight, Files(path));
    }

    /// <summary>The files of a path, by name.</summary>
    /// <exception cref="UsageException">There are none, or a folder has several splits of one set.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path))
            return [path];
        if (Directory.Exists(path))
            return InFolder(path);
        if (!path.AsSpan().ContainsAny('*', '?'))
            throw new UsageException("there is no such file", path, Near(path) ?? "the path of a .parquet, .jsonl, .json or .csv file, or a folder of them");
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        string[] found = folder.AsSpan().ContainsAny('*', '?') || !Directory.Exists(folder)
            ? [] : Sorted(Directory.EnumerateFiles(folder, Path.GetFileName(path)));
        return found.Length > 0 ? found : throw new UsageException(
            "no file has such a name", path, "a pattern in quotes whose last part has * or ?: \"data/train-*.parquet\"");
    }

    /// <summary>Names in the order of their letters, wherever the disk puts them.</summary>
    internal static string[] Sorted(IEnumerable<string> files) => [.. files.Order(StringComparer.Ordinal)];

    private static string[] InFolder(string path)
    {
        string[] files = Sorted(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => IsData(file) && !IsHidden(path, file)));
        if (files.Length == 0)
            throw Without(path);
        string[] splits = [.. files.Select(file => SplitOf(path, file)).OfType<string>().Distinct()];
        return splits.Length < 2 ? files : throw new UsageException(
            $"the folder holds the splits {string.Join(" and ", splits)}", path,
            $"one of them: {Pattern(files.First(file => SplitOf(path, file) == splits[^1]), splits[^1])}");
    }

    private static UsageException Without(string path)
    {
        bool Has(string ending) => Directory.EnumerateFiles(path, ending, SearchOption.AllDirectories).Any();
        return Has("*.arrow")
            ? new("the folder holds Arrow files, which are not read", path, FileKinds.ArrowFix)
            : Has("*.tar") ? new("the folder holds tar archives (WebDataset), which are not read", path,
                $"unpack them, {FileKinds.TarFix}")
            : new("the folder holds no data files", path, $"files that end in {string.Join(", ", s_endings)}");
    }

    // .cache of downloads, .ipynb_checkpoints with copies.
    private static bool IsHidden(string root, string file) =>
        Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.'));

    private static bool IsData(string file) =>
        s_endings.Contains(Path.GetExtension(DataStream.Unpacked(file)), StringComparer.OrdinalIgnoreCase)
        && !s_about.Contains(Path.GetFileName(file));

    // The hub names files train-00000-of-00002.parquet, or folders train/; others mine_train.json.
    private static string? SplitOf(string root, string file) => Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)
        .Reverse().Select(SplitIn).OfType<string>().FirstOrDefault();

    private static string? SplitIn(string name)
    {
        string[] words = Words().Split(name);
        return s_splits.FirstOrDefault(split => words.Contains(split, StringComparer.OrdinalIgnoreCase));
    }

    private static string Pattern(string file, string split)
    {
        if (SplitIn(Path.GetFileName(file)) != split)
            return Path.GetDirectoryName(file)!;
        string before = Path.GetFileName(file).StartsWith(split, StringComparison.OrdinalIgnoreCase) ? "" : "*";
        return $"\"{Path.Combine(Path.GetDirectoryName(file)!, $"{before}{split}*")}\"";
    }

    [GeneratedRegex("[^A-Za-z]+")]
    private static partial Regex Words();

    private static string? Near(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Directory.Exists(folder)
            ? NearestName.Of(Path.GetFileName(path), Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)) is { } near
                ? Path.Combine(Path.GetDirectoryName(path)!, near) : null
            : null;
    }
}
