namespace Vlm.Grpo;

/// <summary>What a rollout's reward is compared with.</summary>
public enum AdvantageBaseline
{
    /// <summary>The mean of its group, itself included.</summary>
    GroupMean,

    /// <summary>The mean of the others of its group (RLOO).</summary>
    LeaveOneOut,
}

/// <summary>What the difference is divided by.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of its group.</summary>
    Group,

    /// <summary>The standard deviation over the whole batch, not centred by group.</summary>
    Batch,

    /// <summary>Nothing: easy and hard prompts keep the weight of their spread (Dr. GRPO).</summary>
    None,
}

/// <summary>How rewards become advantages.</summary>
/// <param name="Scale">What the difference is divided by.</param>
/// <param name="Baseline">What a reward is compared with.</param>
/// <param name="Epsilon">
/// Added to the standard deviation, in reward units: 1e-4 in TRL, 1e-6 in verl and EasyR1.
/// </param>
public sealed record AdvantageOptions(
    AdvantageScale Scale = AdvantageScale.Group, AdvantageBaseline Baseline = AdvantageBaseline.GroupMean,
    double Epsilon = 1e-4)
{
    /// <summary>What is compared: rewards, or which is higher.</summary>
    public RewardComparison Comparison { get; init; }

    /// <summary>How several rewards become one advantage.</summary>
    public RewardAggregation Aggregation { get; init; }

    /// <summary>Rewards that were compared apart are, after their sum, standardised once more over the batch.</summary>
    public bool NormalizeSum { get; init; } = true;

    /// <summary>The largest size of an advantage of rewards that were compared apart; 0 for no bound.</summary>
    public double Clip { get; init; }

    /// <summary>What a reward one action later is worth, for estimators that look at single actions.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>Lambda of W-REINFORCE.</summary>
    public double PositiveWeight { get; init; } = 0.1;

    /// <summary>From this reward on an answer is right, for PSR, NSR and W-REINFORCE.</summary>
    public double PositiveFrom { get; init; } = 0.5;

    /// <summary>Advantages are, in the end, brought to mean 0 and variance 1 over the step's actions, as in verl.</summary>
    public bool WhitenTokens { get; init; }

    /// <summary>What a rollout counts for that a reward could not score.</summary>
    public UnscoredRewards Unscored { get; init; }

    /// <summary>What becomes of groups whose rewards are all equal.</summary>
    public ZeroVariance ZeroVariance { get; init; }

    /// <summary>Completions that were cut at the limit of new tokens are left out.</summary>
    public bool MaskTruncated { get; init; }

    /// <summary>Groups whose mean reward is below are left out; null for none.</summary>
    public double? GroupMeanMin { get; init; }

    /// <summary>Groups whose mean reward is above are left out; null for none.</summary>
    public double? GroupMeanMax { get; init; }

    private static readonly Dictionary<(AdvantageBaseline, AdvantageScale), string> s_names = new()
    {
        [(AdvantageBaseline.GroupMean, AdvantageScale.Group)] = AdvantageEstimator.Grpo,
        [(AdvantageBaseline.GroupMean, AdvantageScale.Batch)] = AdvantageEstimator.GrpoBatchStd,
        [(AdvantageBaseline.GroupMean, AdvantageScale.None)] = AdvantageEstimator.DrGrpo,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.Group)] = AdvantageEstimator.RlooGroupStd,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.Batch)] = AdvantageEstimator.RlooBatchStd,
        [(AdvantageBaseline.LeaveOneOut, AdvantageScale.None)] = AdvantageEstimator.Rloo,
    };

    /// <summary>
    /// A name of <see cref="AdvantageEstimator.Table"/>: the one of <see cref="Baseline"/> and <see cref="Scale"/>
    /// unless another is set.
    /// </summary>
    public string Estimator { get => field ?? s_names[(Baseline, Scale)]; init; }
}
