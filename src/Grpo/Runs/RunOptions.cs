using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>The options that every recipe has.</summary>
internal sealed record RunOptions
{
    private const string Heading = "Every recipe";

    /// <summary>These belong to the process that runs, not to the run.</summary>
    public static IReadOnlyList<string> OfProcess { get; } = ["--out", "--options", "--resume", "--plain"];

    [Option("seed of every random number", Group = Heading)]
    public long Seed { get; init; } = 1;

    [Option("run folder; by default runs/<recipe>, or runs/<file> after the file of options", Group = Heading,
        Example = "runs/mine")]
    public string? Out { get; init; }

    [Option("file with options, as a run's options.json; what is typed goes before it, and so does --smoke", Group = Heading,
        Example = "runs/mine/options.json")]
    public string? Options { get; init; }

    [Option("where to compute: auto (the first GPU, else the processor), cpu, cuda or cuda:N", Group = Heading,
        Example = "cuda:0")]
    public string Device { get; init; } = Devices.AutoName;

    [Option("continue the run in the run folder, with the options it was started with", Group = Heading)]
    public bool Resume { get; init; }

    [Option("a very small run that only proves that everything works", Group = Heading)]
    public bool Smoke { get; init; }

    [Option("plain lines in place of the live display", Group = Heading)]
    public bool Plain { get; init; }
}
