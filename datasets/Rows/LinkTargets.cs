namespace Vlm.Datasets;

/// <summary>Where a path really leads, with all links followed, those of folders too.</summary>
internal static class LinkTargets
{
    private const int MostLinks = 40;

    /// <summary>The path without links. What is not there stays as it is written.</summary>
    public static string Real(string path)
    {
        string root = Path.GetPathRoot(path)!, real = root;
        var parts = new Stack<string>(path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (int links = 0; parts.TryPop(out string? part);)
        {
            string next = Path.Combine(real, part);
            if (part == "..")
                real = Path.GetDirectoryName(real) ?? root;
            else if (part != "." && Target(next) is { } target && links++ < MostLinks)
            {
                if (Path.IsPathRooted(target))
                    real = Path.GetPathRoot(target)!;
                foreach (string step in target.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
                    parts.Push(step);
            }
            else if (part != ".")
                real = next;
        }

        return real;
    }

    private static string? Target(string path) => new FileInfo(path).LinkTarget;
}
