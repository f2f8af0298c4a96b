using Vlm.Grpo;

/// <summary>One of the two periods of a step.</summary>
sealed record Period
{
    /// <param name="batch">What was learned from.</param>
    /// <param name="stats">What the update measured.</param>
    /// <param name="clock">Started with the period; read here, at its end.</param>
    public Period(Batch batch, StepStats stats, StepClock clock)
    {
        Batch = batch;
        Metrics = [.. (stats + BatchMetrics.Of(batch)).Metrics(), .. clock.Metrics(batch.Sum(sample => sample.Rollout.Tokens.Length))];
    }

    /// <summary>What was learned from.</summary>
    public Batch Batch { get; }

    /// <summary>What the period measured, its seconds too.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Metrics { get; }
}
