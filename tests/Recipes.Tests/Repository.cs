using System.Diagnostics;

namespace Recipes.Tests;

/// <summary>What a command printed and how it ended.</summary>
/// <param name="ExitCode">0 done, 1 a defect, 2 a mistake, 130 interrupted.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error, without the first line where that says the device.</param>
/// <param name="Device">That line, which names the machine; empty where nothing was computed.</param>
internal sealed record Outcome(int ExitCode, string Output, string Errors, string Device = "")
{
    internal static Outcome Of(int exitCode, string output, string errors) =>
        errors.StartsWith("device: ", StringComparison.Ordinal) && errors.Split('\n', 2) is [var first, var rest]
            ? new(exitCode, output, rest, first) : new(exitCode, output, errors);
}

/// <summary>The repository these tests were built from: its files, and its command.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs =
        [".git", "artifacts", "node_modules", "bin", "obj", "runs", "models", ".vs", ".idea"];

    /// <summary>The folder with <c>Vlm.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Names of the recipes, from the files.</summary>
    public static string[] Recipes { get; } =
        [.. Directory.GetFiles(PathOf("recipes"), "*.cs").Select(Path.GetFileNameWithoutExtension).Order()!];

    /// <summary>Names of the files of options that run as recipes do.</summary>
    public static string[] Presets { get; } =
        [.. Directory.GetFiles(PathOf("recipes"), "*.json").Select(Path.GetFileNameWithoutExtension).Order()!];

    /// <summary>An absolute path from parts under the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The text of a file under the root.</summary>
    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Paths, relative to the root with forward slashes, of every file that belongs to the repository.</summary>
    public static string[] Files(string under = "", string extension = "") =>
        [.. Walk(PathOf(under)).Where(path => path.EndsWith(extension, StringComparison.Ordinal)).Order()];

    /// <summary>Runs <c>./vlm</c> in the root.</summary>
    public static Outcome Vlm(params string[] arguments)
    {
        var start = new ProcessStartInfo(PathOf("vlm"), arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Outcome.Of(process.ExitCode, output, errors.Result);
    }

    private static IEnumerable<string> Walk(string folder) =>
        Directory.GetFiles(folder).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Concat(Directory.GetDirectories(folder)
                .Where(path => !NotOurs.Contains(Path.GetFileName(path)) && new DirectoryInfo(path).LinkTarget is null)
                .SelectMany(Walk));

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                return at.FullName;
        throw new InvalidOperationException($"no Vlm.sln above {AppContext.BaseDirectory}");
    }
}
