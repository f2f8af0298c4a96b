#!/usr/bin/env dotnet
// What a run did, as a page for any browser: before and after, curves, answers with pictures and boxes, what to look at.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm report runs/quickstart                    writes runs/quickstart/report.html
//   ./vlm report runs/a runs/b --out both.html      two runs, their curves over each other
//
// A run writes its own report at each checkpoint and at its end; this writes it anew, of a run that goes on or was killed too. Everything
// is in the one file: it needs no network. What it shows: docs/report.md.

using System.ComponentModel;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;

return ToolCommand.Run<ReportOptions>(args, "report", "write what runs did as one HTML page", tool =>
{
    if (tool.Words.Count == 0)
        throw new UsageException("there is no run to report", "./vlm report", "./vlm report runs/quickstart");
    string path = tool.Options.Out ?? Path.Combine(tool.Words[0], tool.Words.Count == 1 ? RunReport.FileName : "report-of-several.html");
    RunReport.Write(tool.Words, path);
    tool.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {new FileInfo(path).Length / 1e6:0.0} MB"));
    foreach (string folder in tool.Words)
        if (RunReport.Unfinished(folder) is { } said)
            tool.Error.WriteLine($"{folder}: {said}");
    return RecipeCommand.Done;
}, computes: false, words: "run folders");

/// <summary>Where the page goes.</summary>
sealed record ReportOptions
{
    [Description("the page; by default report.html in the run's folder, or report-of-several.html in that of the first"), Option(Example = "both.html")]
    public string? Out { get; init; }
}
