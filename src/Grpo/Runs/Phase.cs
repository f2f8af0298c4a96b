namespace Vlm.Grpo;

/// <summary>A named part of a run, from the result of another part to a checkpoint of its own. Recipes add what it trains.</summary>
/// <param name="Name">Unique in the run, for the display and for messages.</param>
/// <param name="From">The phase whose result it starts from, or <see cref="PhaseRunner.Start"/>.</param>
/// <param name="Steps">How many steps it takes, 1 or more.</param>
public record Phase(string Name, string From, int Steps);

/// <summary>Where a phase lies in its run.</summary>
/// <param name="Folder">Its result: the checkpoint of its last step. Of the start: the folder the run starts from.</param>
/// <param name="First">The last step of the run before it.</param>
/// <param name="Last">Its last step of the run.</param>
public sealed record PhaseSpan(string Folder, long First, long Last)
{
    /// <summary>How many steps it takes.</summary>
    public int Steps => (int)(Last - First);
}

/// <summary>One step of a phase.</summary>
/// <param name="InRun">Its number in the run, for the log: steps are numbered through all phases, from 1.</param>
/// <param name="InPhase">Its number in the phase, from 1.</param>
/// <param name="IsLast">It is the phase's last.</param>
public readonly record struct PhaseStep(long InRun, int InPhase, bool IsLast);

/// <summary>The steps of a phase that are still to do, from the start of the phase or from its middle.</summary>
public sealed class PhaseWork
{
    private readonly Run _run;
    private readonly PhaseSpan _span;
    private readonly PhaseRunner _runner;
    private readonly long _done;
    private bool _ends;

    internal PhaseWork(Run run, PhaseSpan span, string start, long done, PhaseRunner runner)
    {
        (_run, _span, Start, _done, _runner) = (run, span, start, Math.Max(done, span.First), runner);
        From = IsResumed ? run.LatestCheckpoint!.Path : start;
    }

    /// <summary>The folder to load: the start of the phase, or the checkpoint in its middle that a resumed run continues.</summary>
    public string From { get; }

    /// <summary>The folder that the phase first started from, for a reference policy.</summary>
    public string Start { get; }

    /// <summary>True where <see cref="From"/> also holds an optimizer to continue with.</summary>
    public bool IsResumed => _done > _span.First;

    /// <summary>Steps of the whole phase.</summary>
    public int Steps => _span.Steps;

    /// <summary>The steps to do, one after the other; ends early once the run is cancelled, or after <see cref="EndAfter"/>.</summary>
    public IEnumerable<PhaseStep> Remaining()
    {
        for (long step = _done + 1; step <= _span.Last && !_run.Cancelled; step = _ends ? Math.Max(step + 1, _span.Last) : step + 1)
            yield return new(step, (int)(step - _span.First), step == _span.Last);
    }

    /// <summary>Ends the phase before its time: one more step, its last, which leaves its result where it is looked for.</summary>
    /// <param name="step">The step that was done; the last one changes nothing.</param>
    public void EndAfter(PhaseStep step) => _ends = !step.IsLast;

    /// <summary>Saves a checkpoint after the phase's last step, every N steps of it, and when the run is cancelled.</summary>
    /// <param name="step">The step that was done.</param>
    /// <param name="fill">Writes weights, optimizer and whatever else a resumed run needs.</param>
    public void SaveIfDue(PhaseStep step, Action<string> fill) => _runner.SaveIfDue(step, fill);
}
