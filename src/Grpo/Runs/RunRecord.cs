namespace Vlm.Grpo;

/// <summary>What every loop records of a step, in one call.</summary>
public static class RunRecord
{
    /// <summary>Logs a step of reinforcement: its metrics, its rollouts, its clock, the memory it took.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="batch">What was learned from.</param>
    /// <param name="stats">What the update measured.</param>
    /// <param name="clock">Started with the step; the update is what it measured last.</param>
    /// <param name="heldOut">Asked where it is due, outside of the step's time; null for none.</param>
    /// <param name="more">What else is logged, asked outside of the step's time; null for nothing.</param>
    public static void Record(this Run run, long step, Batch batch, StepStats stats, StepClock clock, HeldOut? heldOut = null,
        Func<IEnumerable<KeyValuePair<string, double>>>? more = null)
    {
        KeyValuePair<string, double>[] times = [.. clock.Metrics(batch.Sum(sample => sample.Rollout.Tokens.Length))];
        run.Rollouts(step, batch);
        run.Log(step, [.. (stats + BatchMetrics.Of(batch)).Metrics(), .. times,
            new(Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb())), .. heldOut?.IfDue(step) ?? [], .. more?.Invoke() ?? []]);
    }

    /// <summary>Logs a step of supervised training: its metrics, its time, the memory it took.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="stats">What the update measured.</param>
    /// <param name="clock">Started with the step.</param>
    /// <param name="heldOut">Asked where it is due, outside of the step's time; null for none.</param>
    public static void Record(this Run run, long step, StepStats stats, StepClock clock, HeldOut? heldOut = null)
    {
        KeyValuePair<string, double> seconds = new(Metric.StepSeconds, clock.Seconds);
        run.Log(step, [.. stats.Metrics(), seconds, new(Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb())),
            .. heldOut?.IfDue(step) ?? []]);
    }

    /// <summary>
    /// Saves a checkpoint where one is due: every so many steps, where the run was stopped, and after an evaluation that is the
    /// best so far, which stays until a better one.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="options">How often, and how many stay.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <param name="heldOut">Knows the best evaluation; null for none.</param>
    public static void SaveIfDue(this Run run, long step, CheckpointOptions options, Action<string> fill, HeldOut? heldOut = null)
    {
        long? best = heldOut?.BestStep;
        if (step % options.SaveSteps != 0 && !run.Cancelled && best != step)
            return;
        run.SaveCheckpoint(step, fill);
        Checkpoints.Keep(run.Folder, options.SaveTotalLimit, best is { } one ? [one] : []);
    }
}
