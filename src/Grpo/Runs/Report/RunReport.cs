using System.Diagnostics.CodeAnalysis;
using Vlm.Grpo.Reports;

namespace Vlm.Grpo;

/// <summary>
/// <c>report.html</c>: what a run did, in one file that any browser shows without a network. A run writes its own at its checkpoints and
/// at its end.
/// </summary>
public static class RunReport
{
    /// <summary>The report's file in a run's folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Runs that one page can show beside each other.</summary>
    public const int Most = 4;

    /// <summary>The page of a run, or of several whose curves lie over each other.</summary>
    /// <param name="folders">Folders of runs, 1 to <see cref="Most"/>.</param>
    /// <returns>HTML with everything inside: styles, scripts, drawings, pictures.</returns>
    /// <exception cref="UsageException">A folder holds no run, or one that has nothing to show.</exception>
    public static string Html([NotNull] IReadOnlyList<string> folders)
    {
        if (folders.Count is < 1 or > Most)
            throw new UsageException($"a report shows 1 to {Most} runs, not {folders.Count}",
                string.Join(' ', folders), "./vlm report runs/a runs/b");
        return Page.Of([.. folders.Select(RunReader.Read)]);
    }

    /// <summary>Writes the page of a run into its folder, or of several to a file.</summary>
    /// <param name="folders">Folders of runs, 1 to <see cref="Most"/>.</param>
    /// <param name="path">The file; its folder is made.</param>
    /// <exception cref="UsageException">A folder holds no run, or one that has nothing to show.</exception>
    public static void Write(IReadOnlyList<string> folders, string path)
    {
        string page = Html(folders);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        CompleteFile.WriteText(path, page);
    }

    /// <summary>What is to be said of a run that has no result yet: it goes on, or what ended it; null where it is finished.</summary>
    /// <param name="folder">The run's folder.</param>
    public static string? Unfinished(string folder)
    {
        RunHead head = HeadReader.Read(folder, SeriesReader.Read(folder).Last);
        return head.State == RunState.Finished ? null
            : $"{HeadSection.Word(head.State).ToLowerInvariant()} ({HeadSection.Said(head)})"
                + (head.Resume is null ? "" : $"; go on with: {head.Resume}");
    }

    /// <summary>Writes a run's own page, where it has anything to show by now.</summary>
    internal static void WriteOwn(string folder)
    {
        bool any = File.Exists(Path.Combine(folder, RunFolder.Metrics)) && new FileInfo(Path.Combine(folder, RunFolder.Metrics)).Length > 0
            || StepTable.Files(folder, AnswerTable.Name).Count > 0;
        if (any)
            Write([folder], Path.Combine(folder, FileName));
    }
}
