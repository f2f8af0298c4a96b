using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What UniGRPO has beside groups and updates: masks, clip, divergence. Defaults are those of the released code.</summary>
[Category("UniGRPO")]
public sealed record DiffusionOptions : IOptionRules
{
    /// <summary>A name of <see cref="Grpo.MaskSchedule.Table"/>.</summary>
    /// <value>The default is random.</value>
    [Description("mask schedule: random levels, coupled (each with its complement) or spread (evenly from a random one)")]
    public string MaskSchedule { get; init; } = Grpo.MaskSchedule.Random;

    /// <summary>m, mask_times_per_sample of the released code.</summary>
    /// <value>The default is 2.</value>
    [Description("mask levels per completion and step, each a row of the update; coupled makes two rows of each"), Range(1, 1000)]
    public int MaskLevels { get; init; } = 2;

    /// <summary>lower_p.</summary>
    /// <value>The default is 0.1.</value>
    [Description("lowest share of masked tokens"), Range(0d, 1d)]
    public double MaskLow { get; init; } = 0.1;

    /// <summary>upper_p.</summary>
    /// <value>The default is 0.9.</value>
    [Description("highest share of masked tokens"), Range(0d, 1d)]
    public double MaskHigh { get; init; } = 0.9;

    /// <summary>One ratio for a row, from the mean of its masked log-probs, in place of one for each token.</summary>
    /// <value>The default is false.</value>
    [Description("one ratio for a row, from the mean of its masked log-probs, as the paper scores sequences")]
    public bool SequenceRatio { get; init; }

    /// <summary>mu: the log-probs of the first update are those that ratios are taken against.</summary>
    /// <value>The default is 1.</value>
    [Description("mu: updates per rollout batch"), Range(1, int.MaxValue)]
    public int NumIterations { get; init; } = 1;

    /// <summary>eps of the released code, on both sides.</summary>
    /// <value>The default is 0.2.</value>
    [Description("clip range (epsilon) of the importance ratio on both sides"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 0.2;

    /// <summary>Of the divergence from the policy that sampled, which is 0 in a step's first update.</summary>
    /// <value>The default is 0.01.</value>
    [Description("beta: weight of the KL penalty to the policy that sampled"), Range(0d, double.MaxValue)]
    public double Beta { get; init; } = 0.01;

    /// <summary>How far the ratio may move.</summary>
    public ClipRange Clip => new(Epsilon, Epsilon);

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(MaskSchedule), Grpo.MaskSchedule.Table.Contains(MaskSchedule),
            $"must be one of {string.Join(", ", Grpo.MaskSchedule.Table.Names)}",
            NearestName.Of(MaskSchedule, Grpo.MaskSchedule.Table.Names) ?? Grpo.MaskSchedule.Random),
        new(nameof(MaskHigh), MaskLow <= MaskHigh, $"must be >= MaskLow ({OptionText.Show(MaskLow)})", Math.Max(MaskLow, 0.9)),
    ];
}
