using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What a run is opened with.</summary>
/// <param name="Folder">The run's folder; made where it is absent.</param>
public sealed record RunSetup(string Folder)
{
    /// <summary>What runs, for options.json and result.json.</summary>
    /// <value>The default is the folder's name.</value>
    public string Name { get; init; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>The seed of every random number of the run.</summary>
    /// <value>The default is 1.</value>
    public long Seed { get; init; } = 1;

    /// <summary>Where it computes.</summary>
    /// <value>The default is null, for the first GPU, else the processor.</value>
    public torch.Device? Device { get; init; }

    /// <summary>Go on from the newest checkpoint in the folder, keeping what was logged up to it.</summary>
    public bool Resume { get; init; }

    /// <summary>Erase what an earlier run left in the folder; otherwise a folder with a run in it is refused.</summary>
    public bool Replace { get; init; }

    /// <summary>A very small run that only proves that everything works.</summary>
    public bool Smoke { get; init; }

    /// <summary>The command that makes the run again, for result.json; null where there is none.</summary>
    public string? Command { get; init; }

    /// <summary>The effective options for options.json, each with its source; null takes them from the options record.</summary>
    public JsonObject? Options { get; init; }

    /// <summary>Shows the run; null shows it in <see cref="Logger"/>.</summary>
    public IRunDisplay? Display { get; init; }

    /// <summary>Gets phases, steps and lines where there is no display; null for silence.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Get what the run logs.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<ITracker> Trackers { get; init; } = [];

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Asks the run to end: a loop that sees it saves a checkpoint and returns.</summary>
    public CancellationToken Token { get; init; }
}
