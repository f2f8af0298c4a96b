using System.ComponentModel;
using Vlm.Engine;

namespace Recipes.Cli;

/// <summary>The options that every recipe has.</summary>
[Category("Every recipe")]
internal sealed record RunOptions
{
    /// <summary>These belong to the process that runs, not to the run.</summary>
    public static IReadOnlyList<string> OfProcess { get; } = ["--out", "--options", "--resume", "--plain"];

    [Description("seed of every random number")]
    public long Seed { get; init; } = 1;

    [Description("run folder; by default runs/<recipe>, or runs/<file> after the file of options"), Option(Example = "runs/mine")]
    public string? Out { get; init; }

    [Description("file with options, as a run's options.json; what is typed goes before it, and so does --smoke"), Option(Example = "runs/mine/options.json")]
    public string? Options { get; init; }

    [Description("where to compute: auto (the first GPU, else the processor), cpu, cuda or cuda:N"), Option(Example = "cuda:0")]
    public string Device { get; init; } = Devices.AutoName;

    [Description("continue the run in the run folder, with the options it was started with")]
    public bool Resume { get; init; }

    [Description("a very small run that only proves that everything works")]
    public bool Smoke { get; init; }

    [Description("trackers that get what the run logs: tensorboard (event files in the run folder) or none")]
    public Reported ReportTo { get; init; }

    [Description("plain lines in place of the live display")]
    public bool Plain { get; init; }
}

/// <summary>Trackers that recipes bring along.</summary>
internal enum Reported
{
    /// <summary>Event files for TensorBoard.</summary>
    Tensorboard,

    /// <summary>None but those that a recipe names.</summary>
    None,
}
