namespace Vlm.Grpo;

/// <summary>What one step measured; the mean over its updates where it made several.</summary>
/// <param name="Loss">What was minimised.</param>
/// <param name="PolicyLoss">The loss without the divergence term.</param>
/// <param name="GradNorm">Euclidean norm of the gradient before it was bounded.</param>
/// <param name="LearningRate">The rate used.</param>
/// <param name="LogProbDifference">
/// Largest absolute difference, before the first update, of the sampler's log-probs and the recomputed ones.
/// </param>
/// <param name="Actions">Sums over actions of all updates: clip, ratio, divergence, entropy.</param>
public sealed record StepStats(
    double Loss, double PolicyLoss, double GradNorm, double LearningRate, double LogProbDifference, LossStats Actions)
{
    /// <summary>The step under the names of <see cref="Metric"/>, for the run's log.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
    [
        new(Metric.Loss, Loss), new(Metric.PolicyLoss, PolicyLoss), new(Metric.Kl, Actions.Kl),
        new(Metric.Entropy, Actions.Entropy), new(Metric.ClipFraction, Actions.ClippedLow + Actions.ClippedHigh),
        new(Metric.RatioMean, Actions.RatioMean), new(Metric.LogProbDifference, LogProbDifference),
        new(Metric.GradNorm, GradNorm), new(Metric.LearningRate, LearningRate),
    ];
}
