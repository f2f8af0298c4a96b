namespace Vlm.Grpo;

/// <summary>
/// Keeps the books of a run in phases: which steps each takes, which folder it starts from, where a resumed run continues. It
/// trains nothing; the loop stays with the caller.
/// </summary>
/// <remarks>
/// Phases run in the order they are listed in, and each may start from the result of any earlier one:
/// <code>
/// if (runner.Begin(phase) is { } work)
///     foreach (PhaseStep step in work.Remaining())
///         ...
/// </code>
/// </remarks>
public sealed class PhaseRunner
{
    /// <summary>The name of what the run starts from.</summary>
    public const string Start = "start";

    private readonly Run _run;
    private readonly IReadOnlyList<Phase> _phases;
    private readonly Dictionary<string, PhaseSpan> _spans;
    private readonly CheckpointOptions _checkpoints;
    private readonly long _done;

    /// <summary>Lays the phases out over the steps of a run.</summary>
    /// <param name="run">The run, fresh or resumed.</param>
    /// <param name="start">The folder it starts from.</param>
    /// <param name="phases">In their order.</param>
    /// <param name="checkpoints">
    /// Steps of a phase between checkpoints, and how many stay. The last step of a phase always leaves one, which stays.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A name occurs twice, a phase starts from none before it, or has no steps.
    /// </exception>
    public PhaseRunner(Run run, string start, IReadOnlyList<Phase> phases, CheckpointOptions checkpoints)
    {
        OptionsCheck.Validate(checkpoints);
        (_run, _phases, _checkpoints, _done) = (run, phases, checkpoints, run.LatestCheckpoint?.Step ?? 0);
        _spans = new() { [Start] = new(start, 0, 0) };
        long end = 0;
        foreach (Phase phase in phases)
        {
            if (phase.Steps < 1 || !_spans.ContainsKey(phase.From))
                throw new ArgumentException(
                    $"phase '{phase.Name}' must have 1 step or more ({phase.Steps}) and start from an earlier phase ('{phase.From}')",
                    nameof(phases));
            if (!_spans.TryAdd(phase.Name, new(Checkpoints.PathOf(run.Folder, end + phase.Steps), end, end + phase.Steps)))
                throw new ArgumentException($"there are two phases '{phase.Name}'", nameof(phases));
            end += phase.Steps;
        }
    }

    /// <summary>Where a phase, or <see cref="Start"/>, lies in the run.</summary>
    public PhaseSpan this[string name] => _spans[name];

    /// <summary>Begins a phase, or continues it in its middle.</summary>
    /// <returns>Null where all its steps are done, or the run was cancelled.</returns>
    public PhaseWork? Begin(Phase phase)
    {
        PhaseSpan span = _spans[phase.Name];
        if (_done >= span.Last || _run.Cancelled)
            return null;
        _run.Phase(phase.Name, span.Last);
        return new PhaseWork(_run, span, _spans[phase.From].Folder, _done, this);
    }

    /// <summary>Saves a checkpoint after the phase's last step, every N steps of it, and when the run is cancelled.</summary>
    internal void SaveIfDue(PhaseStep step, Action<string> fill)
    {
        if (!step.IsLast && !_run.Cancelled && step.InPhase % _checkpoints.SaveSteps != 0)
            return;
        _run.SaveCheckpoint(step.InRun, fill);
        Checkpoints.Keep(_run.Folder, _checkpoints.SaveTotalLimit, [.. _spans.Values.Select(span => span.Last)]);
    }

    /// <summary>Throws where a resumed run lacks a result that a later phase starts from, or that is wanted in the end.</summary>
    /// <param name="wanted">Phases whose results are used after the last phase.</param>
    /// <exception cref="UsageException">A checkpoint is gone.</exception>
    public void RequireResults(IEnumerable<string> wanted)
    {
        IEnumerable<string> needed = _phases.Where(phase => _spans[phase.Name].First >= _done).Select(phase => phase.From)
            .Concat(wanted).Where(name => _spans[name].Last is > 0 and var last && last <= _done);
        foreach (string name in needed)
            if (!Directory.Exists(_spans[name].Folder))
                throw new UsageException($"the result of {name} is gone, and the rest of the run needs it", _spans[name].Folder,
                    "put the folder back, or start a new run in another folder");
    }
}
