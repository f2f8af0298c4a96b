using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned;

/// <summary>What a reward model minimises over pairs.</summary>
[Category("Reward model")]
public sealed record PreferenceOptions : IOptionRules
{
    /// <summary>Which states of an answer the head reads.</summary>
    /// <value>The default is last.</value>
    [Description("what the head reads of an answer: the state after its last token, or the mean of the states after each; "
        + "implicit has no head and takes the mean log-probability of the tokens (SimPO), implicit-sum their sum (CPO)")]
    public RewardPooling Pooling { get; init; }

    /// <summary>What an implicit reward multiplies log-probabilities by; null for 2 of a mean and 0.1 of a sum.</summary>
    [Description("beta of an implicit reward, which multiplies log-probabilities; by default 2 with implicit (SimPO: 2 to 10), 0.1 with implicit-sum (CPO)")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double? ImplicitBeta { get; init; }

    /// <summary>beta as set, or as the pooling has it.</summary>
    public double Beta => ImplicitBeta ?? (Pooling == RewardPooling.ImplicitSum ? 0.1 : 2);

    /// <summary>alpha: the probability that a label is wrong.</summary>
    /// <value>The default is 0.</value>
    [Description("label smoothing: the probability that a label is wrong (Wang et al. 2024)"), Range(0d, 0.5)]
    public double LabelSmoothing { get; init; }

    /// <summary>Margins are the strengths that the data has, times this.</summary>
    /// <value>The default is 0, for none.</value>
    [Description("margin: by how much scores must differ, times the strength that the data or the ensemble gives a pair; 0 for none")]
    [Range(0d, double.MaxValue)]
    public double MarginWeight { get; init; }

    /// <summary>TRL's center_rewards_coefficient.</summary>
    /// <value>The default is 0.01.</value>
    [Description("weight of the squared sum of a pair's scores, which keeps them around 0 (TRL's center_rewards_coefficient); none of an implicit reward's")]
    [Range(0d, double.MaxValue)]
    public double CenterRewardsCoefficient { get; init; } = 0.01;

    /// <summary>beta of the goal-conditioned loss.</summary>
    /// <value>The default is 0; 0.5 in the paper.</value>
    [Description("weight of the goal-conditioned contrastive loss (Nath et al. 2024, who take 0.5)"), Range(0d, double.MaxValue)]
    public double GoalWeight { get; init; }

    /// <summary>Pairs of places of a chosen answer, and as many places of the rejected one.</summary>
    /// <value>The default is 16.</value>
    [Description("pairs of places of the goal-conditioned loss"), Range(1, int.MaxValue)]
    public int GoalPairs { get; init; } = 16;

    /// <summary>beta of SimCSE on the states after the answers.</summary>
    /// <value>The default is 0.</value>
    [Description("weight of the SimCSE loss on the states after the answers (Wang et al. 2024)"), Range(0d, double.MaxValue)]
    public double SimcseWeight { get; init; }

    /// <summary>Share of a state's numbers that a view leaves out.</summary>
    /// <value>The default is 0.1.</value>
    [Description("dropout of the two views of SimCSE"), Range(0d, 0.9, MinimumIsExclusive = true)]
    public double SimcseDropout { get; init; } = 0.1;

    /// <summary>Keeps the model's language while it learns to score.</summary>
    /// <value>The default is 0.</value>
    [Description("weight of the language loss on chosen answers beside the preference loss (Yang et al. 2024, GRM)"), Range(0d, double.MaxValue)]
    public double SftWeight { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        .. new (string Name, double Weight)[] { (nameof(GoalWeight), GoalWeight), (nameof(SimcseWeight), SimcseWeight), (nameof(SftWeight), SftWeight) }
            .Select(one => new OptionRule(one.Name, one.Weight == 0 || !Pooling.IsImplicit(),
                "must be 0 with implicit pooling, which reads no states", 0)),
    ];
}
