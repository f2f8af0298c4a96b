namespace Grpo.Runs;

/// <summary>The options that every recipe has.</summary>
internal sealed record RunOptions
{
    private const string Heading = "Every recipe";

    [Option("seed of every random number", Group = Heading)]
    public long Seed { get; init; } = 1;

    [Option("run folder; by default runs/<recipe>", Group = Heading, Example = "runs/mine")]
    public string? Out { get; init; }

    [Option("continue the run in the run folder, with the options it was started with", Group = Heading)]
    public bool Resume { get; init; }

    [Option("a very small run that only proves that everything works", Group = Heading)]
    public bool Smoke { get; init; }

    [Option("plain lines in place of the live display", Group = Heading)]
    public bool Plain { get; init; }
}
