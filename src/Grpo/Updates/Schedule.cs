namespace Vlm.Grpo;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>It does not.</summary>
    Constant,

    /// <summary>In a straight line to the final share.</summary>
    Linear,

    /// <summary>Along half a cosine to the final share.</summary>
    Cosine,
}

/// <summary>The learning rate over a run, as a share of its peak. Pure: a resumed run needs the step alone.</summary>
/// <remarks>
/// Steps are counted from 1, the first update. No update has share 0: warm-up begins above it, and the decay
/// reaches the final share one step after the last.
/// <code>
/// step &lt;= warmup: step / (warmup + 1)
/// after:          p = (step - 1 - warmup) / (steps - warmup)
///                 linear  final + (1 - final) * (1 - p)
///                 cosine  final + (1 - final) * (1 + cos(pi * p)) / 2
/// </code>
/// Cosine: Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
/// </remarks>
/// <param name="Shape">How it falls.</param>
/// <param name="Warmup">Updates in which it rises in a straight line; 0 begins at the peak.</param>
/// <param name="Steps">Updates in the whole run, more than <paramref name="Warmup"/>.</param>
/// <param name="Final">The share it falls to, 0 to 1.</param>
public sealed record Schedule(ScheduleShape Shape, long Warmup, long Steps, double Final = 0)
{
    /// <summary>The share of the peak that update <paramref name="step"/> uses, above 0 and at most 1.</summary>
    /// <param name="step">From 1. Steps after the last keep the final share.</param>
    public double Multiplier(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (step <= Warmup)
            return step / (Warmup + 1.0);

        double progress = Math.Clamp((step - 1.0 - Warmup) / (Steps - Warmup), 0, 1);
        double remaining = Shape switch
        {
            ScheduleShape.Linear => 1 - progress,
            ScheduleShape.Cosine => (1 + Math.Cos(Math.PI * progress)) / 2,
            _ => 1,
        };
        return Final + (1 - Final) * remaining;
    }
}
