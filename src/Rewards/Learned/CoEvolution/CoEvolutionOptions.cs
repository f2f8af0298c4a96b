using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>What becomes of a policy's own rollouts. The defaults are those of SPARK's released code.</summary>
[Category("Co-evolution")]
public sealed record CoEvolutionOptions : IOptionRules
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

    /// <summary>Items of a reward period, which begins as soon as so many wait and takes the oldest.</summary>
    /// <value>The default is 64.</value>
    [Description("items of a reward period, which begins as soon as so many wait and takes the oldest; no fewer than a step may make"), Range(1, int.MaxValue)]
    public int PeriodItems { get; init; } = 64;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        long made = (long)JudgeItems + ReflectionItems;
        return [new(nameof(PeriodItems), PeriodItems >= made,
            $"must be >= JudgeItems + ReflectionItems ({made}), or more items would come than are learned from", made)];
    }
}
