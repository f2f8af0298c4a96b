using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>Every setting of group-relative policy optimisation. A recipe's own options may derive from it.</summary>
/// <remarks>
/// GRPO: Shao et al. 2024, arXiv:2402.03300. The two clip ranges and the mean over tokens: DAPO, Yu et al. 2025,
/// arXiv:2503.14476. Dual clip: Ye et al. 2020, arXiv:1912.09729.
/// </remarks>
[Category("GRPO")]
public record GrpoOptions : UpdateOptions
{
    /// <summary>Questions whose completions make one step.</summary>
    /// <value>The default is 8.</value>
    [Description("prompts per step"), Range(1, int.MaxValue)]
    public int PromptsPerStep { get; init; } = 8;

    /// <summary>G of the paper.</summary>
    /// <value>The default is 8.</value>
    [Description("group size G: completions per prompt, compared with one another"), Range(1, int.MaxValue)]
    public int GroupSize { get; init; } = 8;

    /// <summary>The paper's mu, TRL's num_iterations.</summary>
    /// <value>The default is 1.</value>
    [Description("mu: updates per rollout batch"), Range(1, int.MaxValue)]
    public int NumIterations { get; init; } = 1;

    /// <summary>The ratio's gradient stops this far below 1.</summary>
    /// <value>The default is 0.2.</value>
    [Description("lower clip range (epsilon_low) of the importance ratio"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 0.2;

    /// <summary>The ratio's gradient stops this far above 1.</summary>
    /// <value>The default is 0.28.</value>
    [Description("upper clip range (epsilon_high) of the importance ratio")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double EpsilonHigh { get; init; } = 0.28;

    /// <summary>Above this ratio a bad completion is pushed down no further.</summary>
    /// <value>The default is 0.</value>
    [Description("dual-clip bound c on the ratio for negative advantages; 0 disables it"), Range(0d, double.MaxValue)]
    public double DualClip { get; init; }

    /// <summary>A name of <see cref="Grpo.SurrogateLoss.Table"/>; the dual clip is taken where it has a bound.</summary>
    /// <value>The default is ppo-clip.</value>
    [Description("surrogate loss: ppo-clip, dual-clip, two-sided-clip, gspo, gspo-token, seq-clip, cispo, cispo-one-sided, sapo, gmpo, luspo, "
        + "vespo, reinforce, gpg, dro, clip-cov or kl-cov")]
    public string Surrogate { get; init; } = Grpo.SurrogateLoss.PpoClip;

    /// <summary>A name of <see cref="Aggregation.Table"/>: what the sum over tokens is divided by.</summary>
    /// <value>The default is token-mean.</value>
    [Description("loss aggregation: token-mean, seq-mean-token-mean, seq-mean-token-sum-norm, seq-mean-token-sum, token-sum or "
        + "group-mean-token-mean")]
    public string LossAggregation { get; init; } = Aggregation.TokenMean;

    /// <summary>The paper's beta.</summary>
    /// <value>The default is 0.</value>
    [Description("beta: weight of the KL penalty to the reference policy in the loss; 0 needs no reference")]
    [Range(0d, double.MaxValue)]
    public double Beta { get; init; }

    /// <summary>A name of <see cref="Grpo.KlEstimator.Table"/>, or <see cref="Grpo.KlEstimator.Full"/>.</summary>
    /// <value>The default is k3.</value>
    [Description("KL estimator: k1, k2 or k3 (Schulman), abs, or k1+, k3+, abs+ with the gradient of k2; full: over all tokens")]
    public string KlEstimator { get; init; } = Grpo.KlEstimator.K3;

    /// <summary>What a reward is within its group, before it is compared with the baseline.</summary>
    /// <value>The default is value.</value>
    [Description("what a reward is within its group: its value, or the share of the others that it is higher than (Pref-GRPO)")]
    public RewardComparison RewardComparison { get; init; }

    /// <summary>What the difference of a reward and its baseline is divided by.</summary>
    /// <value>The default is group.</value>
    [Description("scale rewards by the standard deviation of the group or of the batch, or not")]
    public AdvantageScale ScaleRewards { get; init; } = AdvantageScale.Group;

    /// <summary>What is subtracted from a reward.</summary>
    /// <value>The default is group-mean.</value>
    [Description("advantage baseline, subtracted from each reward")]
    public AdvantageBaseline Baseline { get; init; } = AdvantageBaseline.GroupMean;

    /// <summary>A name of <see cref="Grpo.AdvantageEstimator.Table"/>, in place of what baseline and scale make together.</summary>
    /// <value>The default is null.</value>
    [Description("advantage estimator, in place of --baseline and --scale-rewards: opo, reinforce-pp, remax, pass-at-k, gpg, psr, nsr ...")]
    public string? AdvantageEstimator { get; init; }

    /// <summary>What a reward one action later is worth, for reinforce-pp.</summary>
    /// <value>The default is 1.</value>
    [Description("discount factor of advantage estimators that look at single actions (reinforce-pp)"), Range(0d, 1d)]
    public double AdvantageGamma { get; init; } = 1;

    /// <summary>Lambda of W-REINFORCE.</summary>
    /// <value>The default is 0.1.</value>
    [Description("w-reinforce: advantage of a right answer, where a wrong one has -1"), Range(0d, double.MaxValue)]
    public double PositiveWeight { get; init; } = 0.1;

    /// <summary>psr, nsr and w-reinforce know right and wrong alone: from this reward on an answer is right.</summary>
    /// <value>The default is 0.5.</value>
    [Description("psr, nsr, w-reinforce: the reward from which an answer is right"), Range(double.MinValue, double.MaxValue)]
    public double PositiveFrom { get; init; } = 0.5;

    /// <summary>Advantages are whitened over the step's actions in the end, as verl does it for REINFORCE++ and GDPO.</summary>
    /// <value>The default is false.</value>
    [Description("whiten advantages over the tokens of the step: mean 0, variance 1")]
    public bool WhitenTokens { get; init; }

    /// <summary>What a rollout counts for that a reward could not score.</summary>
    /// <value>The default is exclude.</value>
    [Description("a rollout that a reward could not score: excluded, compared by its other rewards (TRL), or 0 if none scored it (ms-swift)")]
    public UnscoredRewards UnscoredRewards { get; init; }

    /// <summary>What becomes of groups whose rewards are all equal. Recipes that cannot sample again take refill for drop.</summary>
    /// <value>The default is keep.</value>
    [Description("groups whose rewards are all equal: keep, drop, or refill the step from other prompts (DAPO's dynamic sampling)")]
    public ZeroVariance ZeroVariance { get; init; }

    /// <summary>With refill, how many rounds after the first a step may sample.</summary>
    /// <value>The default is 10.</value>
    [Description("with refill: most rounds of new prompts in a step"), Range(0, int.MaxValue)]
    public int RefillRounds { get; init; } = 10;

    /// <summary>Groups whose mean reward is below are left out, as if they had no spread.</summary>
    /// <value>The default is null.</value>
    [Description("leave out groups whose mean reward is below this")]
    public double? GroupMeanMin { get; init; }

    /// <summary>Groups whose mean reward is above are left out, as if they had no spread.</summary>
    /// <value>The default is null.</value>
    [Description("leave out groups whose mean reward is above this")]
    public double? GroupMeanMax { get; init; }

    /// <summary>TRL's mask_truncated_completions, DAPO's overlong filtering.</summary>
    /// <value>The default is false.</value>
    [Description("leave completions out of the update that were cut at the limit of new tokens")]
    public bool MaskTruncated { get; init; }

    /// <summary>What completions pay for their length.</summary>
    public ShapingOptions Shaping { get; init; } = new();

    /// <summary>Keeps the division finite where all rewards are equal; in reward units.</summary>
    /// <value>The default is 0.0001.</value>
    [Description("added to the standard deviation of rewards"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>How several rewards become one advantage.</summary>
    /// <value>The default is sum-then-normalize.</value>
    [Description("several rewards: sum them and compare the sums, or compare each within its group and sum the advantages (GDPO)")]
    public RewardAggregation MultiObjectiveAggregation { get; init; }

    /// <summary>With normalize-then-sum, whether the sum is standardised over the batch, as in TRL.</summary>
    /// <value>The default is true.</value>
    [Description("with normalize-then-sum: standardise the sum of advantages over the batch")]
    public bool NormalizeSum { get; init; } = true;

    /// <summary>With normalize-then-sum, the bound of an advantage: 5 in Pref-GRPO.</summary>
    /// <value>The default is 0.</value>
    [Description("with normalize-then-sum: largest size of an advantage; 0 sets no bound"), Range(0d, double.MaxValue)]
    public double AdvantageClip { get; init; }

    /// <summary>Constants of single surrogates and aggregations.</summary>
    public SurrogateOptions Surrogates { get; init; } = new();

    /// <summary>What holds the policy near its reference and keeps it varied, beside <see cref="Beta"/>.</summary>
    public RegularizerOptions Regularizer { get; init; } = new();

    /// <summary>What is corrected where another engine sampled.</summary>
    public CorrectionOptions Correction { get; init; } = new();

    /// <summary>How completions are sampled, and how their log-probs are recomputed.</summary>
    public Sampling Sampling { get; init; } = new();

    /// <summary><see cref="Sampling.MaxNewTokens"/> of <see cref="Sampling"/>.</summary>
    public int MaxNewTokens
    {
        get => Sampling.MaxNewTokens;
        init => Sampling = Sampling with { MaxNewTokens = value };
    }

    /// <summary>How rewards become advantages.</summary>
    public AdvantageOptions Advantage => Named(new(ScaleRewards, Baseline, AdvantageEpsilon)
    {
        Comparison = RewardComparison,
        Aggregation = MultiObjectiveAggregation,
        NormalizeSum = NormalizeSum,
        Clip = AdvantageClip,
        Gamma = AdvantageGamma,
        PositiveWeight = PositiveWeight,
        PositiveFrom = PositiveFrom,
        WhitenTokens = WhitenTokens,
        Unscored = UnscoredRewards,
        ZeroVariance = ZeroVariance,
        MaskTruncated = MaskTruncated,
        GroupMeanMin = GroupMeanMin,
        GroupMeanMax = GroupMeanMax,
    });

    /// <summary>The policy objective: <see cref="Surrogate"/>, or the dual clip where that has a bound.</summary>
    public string SurrogateLoss => DualClip > 0 && Surrogate == Grpo.SurrogateLoss.PpoClip ? Grpo.SurrogateLoss.DualClip : Surrogate;

    /// <summary>The divergence in the loss: none where the reward has it.</summary>
    public KlTerm KlInLoss => new(Regularizer.KlInReward ? 0 : Beta, KlEstimator)
    {
        Bound = Regularizer.KlBound,
        RatioWeighted = Regularizer.KlRatioWeighted,
    };

    /// <summary>What seq-mean-token-sum-norm divides by: <see cref="SurrogateOptions.LossConstant"/>, else the most new tokens.</summary>
    public int LongestLoss => Surrogates.LossConstant > 0 ? Surrogates.LossConstant : MaxNewTokens;

    /// <summary>How far the ratio may move.</summary>
    public ClipRange Clip => new(Epsilon, EpsilonHigh, DualClip > 0 ? DualClip : null);

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules() =>
    [
        .. base.Rules(),
        OneOf(nameof(Surrogate), Surrogate, Grpo.SurrogateLoss.Table),
        OneOf(nameof(LossAggregation), LossAggregation, Aggregation.Table),
        new(nameof(KlEstimator), Estimators.Contains(KlEstimator), $"must be one of {string.Join(", ", Estimators)}",
            NearestName.Of(KlEstimator, Estimators) ?? Grpo.KlEstimator.K3),
        new(nameof(KlEstimator),
            KlEstimator != Grpo.KlEstimator.Full || Regularizer is { KlInReward: false, KlRatioWeighted: false, KlBound: 0 },
            "must not be full with KlInReward, KlRatioWeighted or KlBound, which are of estimates from sampled actions",
            Grpo.KlEstimator.K3),
        new(nameof(AdvantageEstimator), AdvantageEstimator is null || Grpo.AdvantageEstimator.Table.Contains(AdvantageEstimator),
            $"must be one of {string.Join(", ", Grpo.AdvantageEstimator.Table.Names)}",
            AdvantageEstimator is null ? null : NearestName.Of(AdvantageEstimator, Grpo.AdvantageEstimator.Table.Names)
                ?? Grpo.AdvantageEstimator.Grpo),
        new(nameof(AdvantageEstimator),
            AdvantageEstimator is null || (ScaleRewards == AdvantageScale.Group && Baseline == AdvantageBaseline.GroupMean),
            $"must be left unset where ScaleRewards ({OptionText.Show(ScaleRewards)}) or Baseline ({OptionText.Show(Baseline)}) is set"),
        new(nameof(GroupSize), GroupSize >= 2 || !NeedsGroup, "must be >= 2", 8),
        new(nameof(GroupMeanMin), !(GroupMeanMin > GroupMeanMax), $"must be <= GroupMeanMax ({OptionText.Show(GroupMeanMax)})"),
        new(nameof(ZeroVariance), ZeroVariance == ZeroVariance.Keep || GroupSize >= 2,
            "must be keep where GroupSize is 1: a group of one has no spread", ZeroVariance.Keep),
        new(nameof(MaxNewTokens), MaxNewTokens >= Shaping.OverlongBuffer,
            $"must be >= OverlongBuffer ({Shaping.OverlongBuffer})", Shaping.OverlongBuffer),
        new(nameof(DualClip), DualClip == 0 || DualClip > 1 + EpsilonHigh || Surrogate == Grpo.SurrogateLoss.TwoSidedClip,
            $"must be > 1 + EpsilonHigh ({OptionText.Show(1 + EpsilonHigh)}), or 0", 3),
        new(nameof(DualClip), DualClip > 0 || Surrogate is not (Grpo.SurrogateLoss.DualClip or Grpo.SurrogateLoss.TwoSidedClip),
            $"must be > 0 with Surrogate {Surrogate}, which it is the bound of", 3),
        new(nameof(LossAggregation), Fits(Surrogate) is not { Count: > 0 } fits || fits.Contains(LossAggregation),
            $"must be {string.Join(" or ", Fits(Surrogate))} with Surrogate {Surrogate}, which is one number per completion",
            Fits(Surrogate) is [var first, ..] ? first : null),
        new(nameof(Beta), Beta > 0 || Regularizer is { KlTarget: 0, KlInReward: false, ReferenceSyncSteps: 0 },
            $"must be > 0 with {Needs(Regularizer)}, which speaks of the divergence that it weighs", 0.04),
    ];

    private static string[] Estimators => [.. Grpo.KlEstimator.Table.Names, Grpo.KlEstimator.Full];

    private static IReadOnlyList<string> Fits(string surrogate) =>
        Grpo.SurrogateLoss.Table.Contains(surrogate) ? Grpo.SurrogateLoss.Table[surrogate].Aggregations : [];

    private static string Needs(RegularizerOptions chosen) => chosen.KlTarget > 0 ? nameof(chosen.KlTarget)
        : chosen.KlInReward ? nameof(chosen.KlInReward) : nameof(chosen.ReferenceSyncSteps);

    /// <summary>False where rollouts are not compared with those of the same prompt: one of a prompt is then enough.</summary>
    protected virtual bool ComparesGroups => true;

    private bool NeedsGroup => ComparesGroups && NeedsOthers;

    private bool NeedsOthers => !Grpo.AdvantageEstimator.Table.Contains(Advantage.Estimator)
        || Grpo.AdvantageEstimator.Table[Advantage.Estimator].NeedsGroup;

    private AdvantageOptions Named(AdvantageOptions made) =>
        AdvantageEstimator is null ? made : made with { Estimator = AdvantageEstimator };

    private static OptionRule OneOf<T>(string property, string name, NamedTable<T> table) where T : INamed => new(
        property, table.Contains(name), $"must be one of {string.Join(", ", table.Names)}", NearestName.Of(name, table.Names) ?? table.Names[0]);
}
