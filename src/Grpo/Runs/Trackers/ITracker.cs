namespace Vlm.Grpo;

/// <summary>Gets what a run logs, for a place where people look at runs: TensorBoard, MLflow, a file of one's own.</summary>
/// <remarks>
/// Data flows one way: a tracker is handed records and gives nothing back, so a run is the same with it and without. It is called on the
/// thread that trains: what takes long belongs into a queue of its own. Where it throws in <see cref="Start"/>, the run does not begin.
/// Where it throws later, the run says so in a line, goes on, and the tracker gets nothing more but <see cref="End"/>.
/// </remarks>
public interface ITracker
{
    /// <summary>What it is called where it fails.</summary>
    string Name => GetType().Name;

    /// <summary>The run begins, or goes on from a checkpoint: what was logged from its first step on is then void.</summary>
    /// <param name="run">What runs, and with which options.</param>
    void Start(TrackedRun run);

    /// <summary>A step was logged.</summary>
    /// <param name="step">Its metrics.</param>
    void Step(TrackedStep step);

    /// <summary>A few answers: after each evaluation, at each checkpoint, and at the end.</summary>
    /// <param name="answers">Questions with what was answered.</param>
    void Answers(TrackedAnswers answers)
    {
    }

    /// <summary>A checkpoint was saved: what was handed over so far will not be taken back.</summary>
    void Flush()
    {
    }

    /// <summary>Nothing comes any more.</summary>
    /// <param name="finished">The run has its result; otherwise it was stopped or failed.</param>
    void End(bool finished)
    {
    }
}
