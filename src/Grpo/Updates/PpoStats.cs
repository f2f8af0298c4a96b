namespace Vlm.Grpo;

/// <summary>What one step of PPO measured; losses are means over its updates.</summary>
/// <param name="Policy">What <see cref="GrpoStep"/> measures too; its loss is the whole one that was minimised.</param>
/// <param name="ValueLoss">The value loss, before its weight.</param>
/// <param name="ValueClipped">Share of predictions whose gradient the clip stopped.</param>
/// <param name="ExplainedVariance">Share of the returns' variance that the values before the step explain.</param>
/// <param name="ValueMean">Mean value before the step, in reward units.</param>
/// <param name="ReturnMean">Mean return, in reward units.</param>
/// <param name="OldKl">Nats of the last update's policy from the one that sampled.</param>
/// <param name="Updates">How many were made.</param>
public sealed record PpoStats(
    StepStats Policy, double ValueLoss, double ValueClipped, double ExplainedVariance, double ValueMean,
    double ReturnMean, double OldKl, int Updates)
{
    /// <summary>The step under the names of <see cref="Metric"/>, for the run's log.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
    [
        .. Policy.Metrics(), new(Metric.ValueLoss, ValueLoss), new(Metric.ValueClipFraction, ValueClipped),
        new(Metric.ExplainedVariance, ExplainedVariance), new(Metric.ValueMean, ValueMean),
        new(Metric.ReturnMean, ReturnMean), new(Metric.OldKl, OldKl), new(Metric.Updates, Updates),
    ];
}
