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
    public static void Record(this Run run, long step, Batch batch, StepStats stats, StepClock clock)
    {
        IEnumerable<KeyValuePair<string, double>> times = clock.Metrics(batch.Sum(sample => sample.Rollout.Tokens.Length));
        run.Rollouts(step, batch);
        run.Log(step, (stats + BatchMetrics.Of(batch)).Metrics().Concat(times)
            .Append(new(Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb()))));
    }

    /// <summary>Saves a checkpoint where one is due: every so many steps, and where the run was stopped.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">Updates done.</param>
    /// <param name="options">How often, and how many stay.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    public static void SaveIfDue(this Run run, long step, CheckpointOptions options, Action<string> fill)
    {
        if (step % options.SaveSteps != 0 && !run.Cancelled)
            return;
        run.SaveCheckpoint(step, fill);
        Checkpoints.Keep(run.Folder, options.SaveTotalLimit, []);
    }
}
