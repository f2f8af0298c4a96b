using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>What becomes of a policy's own rollouts. The defaults are those of SPARK's released code.</summary>
[Category("Co-evolution")]
public sealed record CoEvolutionOptions
{
    /// <summary>Share of the mixed groups that become a pair; the others become one answer of a random class.</summary>
    /// <value>The default is 0.7.</value>
    [Description("share of groups with right and wrong answers that become a pair; the others become one answer to judge"), Range(0d, 1d)]
    public double PairwiseShare { get; init; } = 0.7;

    /// <summary>Most items of one step that judge answers.</summary>
    /// <value>The default is 32.</value>
    [Description("most items of a step that judge answers, pointwise or pairwise; 0 makes none"), Range(0, int.MaxValue)]
    public int JudgeItems { get; init; } = 32;

    /// <summary>Most items of one step that answer again.</summary>
    /// <value>The default is 32.</value>
    [Description("most items of a step that answer again beside a wrong answer; 0 makes none"), Range(0, int.MaxValue)]
    public int ReflectionItems { get; init; } = 32;

    /// <summary>Fewest items of a reward period: it begins as soon as so many wait, and takes all that do.</summary>
    /// <value>The default is 64.</value>
    [Description("fewest items of a reward period: it begins as soon as so many wait, and takes all that do"), Range(1, int.MaxValue)]
    public int PeriodItems { get; init; } = 64;
}
