using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Makes the judge of a mode.</summary>
public static class JudgeTable
{
    /// <summary>The judge of a mode.</summary>
    /// <param name="model">Who is asked; the judge owns it.</param>
    /// <param name="mode">What an answer is compared with.</param>
    /// <param name="rubric">Null for the default of the mode.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <exception cref="UsageException">The rubric gives a verdict that the mode does not read.</exception>
    public static IJudge Make(
        IJudgeModel model, JudgeMode mode, Rubric? rubric = null, JudgeSettings? settings = null, ILogger? log = null)
    {
        rubric = (rubric ?? RubricPresets.DefaultOf(mode)).For(mode);
        return mode switch
        {
            JudgeMode.Pointwise => new PointwiseJudge(model, rubric, settings, log),
            JudgeMode.Reference => new ReferenceJudge(model, rubric, settings, log),
            JudgeMode.Pairwise => new PairwiseJudge(model, rubric, settings, log),
            JudgeMode.WinRate => new WinRateJudge(model, rubric, settings, log),
            _ => new AccuracyJudge(model, rubric, settings, log),
        };
    }
}
