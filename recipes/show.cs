#!/usr/bin/env dotnet
// What a run sampled in a step, in the terminal: questions with pictures and boxes, answers best first with rewards and reasons.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm show runs/quickstart                         the last step
//   ./vlm show runs/quickstart --step 100 --limit 8
//   ./vlm show runs/quickstart --prompt count-17       the prompt with that in its id
//
// It reads rollouts.parquet and pictures.parquet, of a run that goes on or was killed too. Pictures are drawn in half blocks where the
// terminal has colours, in letters where it has none (NO_COLOR is heeded), and not at all in files and pipes; --picture says otherwise.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Grpo.Reports;

return ToolCommand.Run<ShowOptions>(args, "show", "show what a run sampled in a step", tool =>
{
    if (tool.Words.Count != 1)
        throw new UsageException(tool.Words.Count == 0 ? "there is no run to show" : $"one run is shown at a time, not {tool.Words.Count}",
            string.Join(' ', ["./vlm show", .. tool.Words]), $"./vlm show {(tool.Words.Count == 0 ? "runs/quickstart" : tool.Words[0])}");
    string folder = tool.Words[0];
    var rollouts = StepRollouts.Read(folder, tool.Options.Step);
    StepText.Write(tool.Out, Screen.System(), rollouts, tool.Options.Limit, tool.Options.Prompt, tool.Options.Picture, tool.Options.Lines);
    if (RunReport.Unfinished(folder) is { } said)
        tool.Error.WriteLine($"{folder}: {said}");
    return RecipeCommand.Done;
}, computes: false, words: "run folder");

/// <summary>Which rollouts, and how.</summary>
sealed record ShowOptions
{
    [Description("step; by default the last one that has rollouts"), Range(0, long.MaxValue), Option(Example = "100")]
    public long? Step { get; init; }

    [Description("only prompts that have this in their id"), Option(Example = "count")]
    public string? Prompt { get; init; }

    [Description("most groups"), Range(1, int.MaxValue)]
    public int Limit { get; init; } = 3;

    [Description("most lines of an answer"), Range(1, int.MaxValue)]
    public int Lines { get; init; } = 12;

    [Description("how pictures are drawn: auto is what the output can show")]
    public PictureStyle Picture { get; init; }
}
