namespace Vlm.Grpo;

/// <summary>A score in running standard deviations from the running mean. Pure.</summary>
/// <remarks>
/// <code>
/// r' = clip((r - mean) / (std + 1e-8), -c, c)        mean and std over all rewards of the run, the step's own included
/// </code>
/// A specification of this project; rewards of segments are divided alike, and the mean is taken off the score's end alone.
/// </remarks>
public static class NormalReward
{
    /// <summary>The normalised score of a sample, and what of it belongs to each action; null where all belongs to the last.</summary>
    /// <param name="sample">Scored.</param>
    /// <param name="seen">Statistics of the run.</param>
    /// <param name="clip">c, in standard deviations; 0 for no bound.</param>
    public static (double Score, double[]? Segments) Of(Sample sample, RunningMoments seen, double clip)
    {
        double bound = clip > 0 ? clip : double.PositiveInfinity;
        return (Math.Clamp(seen.Normalize(sample.Score.Value), -bound, bound),
            sample.SegmentRewards is null ? null : [.. sample.SegmentRewards.Select(reward => reward * seen.Unit)]);
    }
}
