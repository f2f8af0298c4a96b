using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What a completion that was cut at the limit of new tokens is worth after its last action.</summary>
public enum Truncation
{
    /// <summary>
    /// Nothing: the limit is part of the task, and the score has judged the text as it was cut. So do TRL, verl and
    /// OpenRLHF.
    /// </summary>
    Terminal,

    /// <summary>
    /// What was predicted before its last action, for rewards that would have gone on (Pardo et al. 2018,
    /// arXiv:1712.00378, section 3). The state after the last action is never computed, so this one stands for it.
    /// </summary>
    Bootstrap,
}

/// <summary>What a critic predicts, and by what it learns.</summary>
public enum CriticKind
{
    /// <summary>A number, by its squared error.</summary>
    Mse,

    /// <summary>A distribution over bins of returns, by cross-entropy (<see cref="CategoricalValue"/>).</summary>
    Categorical,
}

/// <summary>
/// What proximal policy optimisation has beside <see cref="GrpoOptions"/>, from which it takes sampling, clip range,
/// loss aggregation, learning rate and micro-batch. A recipe's options may hold one as a property.
/// </summary>
/// <remarks>
/// Schulman et al. 2017, arXiv:1707.06347; GAE: Schulman et al. 2016, arXiv:1506.02438. Defaults are TRL's, but for the KL
/// penalty, which is 0 here, and the critic's learning rate, which TRL does not have.
/// </remarks>
[Category("PPO")]
public sealed record PpoOptions : IOptionRules
{
    /// <summary>Passes over the rollouts of a step.</summary>
    /// <value>The default is 4.</value>
    [Description("PPO epochs per rollout batch"), Range(1, int.MaxValue)]
    public int PpoEpochs { get; init; } = 4;

    /// <summary>Updates of one pass.</summary>
    /// <value>The default is 1.</value>
    [Description("minibatches per epoch"), Range(1, int.MaxValue)]
    public int Minibatches { get; init; } = 1;

    /// <summary>What a reward one action later is worth.</summary>
    /// <value>The default is 1.</value>
    [Description("discount factor gamma"), Range(0d, 1d)]
    public double Gamma { get; init; } = 1;

    /// <summary>0 trusts predicted values, 1 the rewards that came.</summary>
    /// <value>The default is 0.95.</value>
    [Description("GAE lambda"), Range(0d, 1d)]
    public double GaeLambda { get; init; } = 0.95;

    /// <summary>What a completion that was cut at the limit of new tokens is worth after its last action.</summary>
    /// <value>The default is terminal.</value>
    [Description("value after the last action of a truncated completion: 0 (terminal), or the one predicted before it")]
    public Truncation Truncation { get; init; } = Truncation.Terminal;

    /// <summary>Huang et al. 2022, The 37 implementation details of PPO, detail 7, over the whole step.</summary>
    /// <value>The default is true.</value>
    [Description("whiten the step's advantages: mean 0, variance 1")]
    public bool WhitenAdvantages { get; init; } = true;

    /// <summary>Reward units charged per nat that an action departs from the reference policy; TRL's kl_coef.</summary>
    /// <value>The default is 0.</value>
    [Description("KL penalty in the reward, per nat from the reference policy; 0 needs no reference"), Range(0d, double.MaxValue)]
    public double KlCoef { get; init; }

    /// <summary>A predicted value's gradient stops this far from the old one, in reward units.</summary>
    /// <value>The default is 0.2.</value>
    [Description("clip range of the value function, in reward units; 0 disables it"), Range(0d, double.MaxValue)]
    public double ClipRangeValue { get; init; } = 0.2;

    /// <summary>c1 of the paper.</summary>
    /// <value>The default is 0.1.</value>
    [Description("vf_coef: weight of the value loss"), Range(0d, double.MaxValue)]
    public double VfCoef { get; init; } = 0.1;

    /// <summary>It follows the policy's schedule.</summary>
    /// <value>The default is 0.001.</value>
    [Description("peak learning rate of the critic"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double ValueLearningRate { get; init; } = 1e-3;

    /// <summary>In these steps the policy stays as it began.</summary>
    /// <remarks>
    /// A critic that begins at zero holds hard questions against the policy: their rewards lie below the mean, whatever it
    /// does. Where an <see cref="ActorCritic"/> shares its features, its error moves these all the same.
    /// </remarks>
    /// <value>The default is 0.</value>
    [Description("critic warm-up: first steps in which only the value function learns"), Range(0, int.MaxValue)]
    public int CriticWarmup { get; init; }

    /// <summary>c2 of the paper.</summary>
    /// <value>The default is 0.</value>
    [Description("entropy bonus: its weight in the loss"), Range(0d, double.MaxValue)]
    public double EntropyCoef { get; init; }

    /// <summary>After the update that exceeds it a step makes no more.</summary>
    /// <value>The default is 0.</value>
    [Description("target KL from the sampling policy, in nats, beyond which a step ends early; 0 disables it"), Range(0d, double.MaxValue)]
    public double TargetKl { get; init; }

    /// <summary>What the critic predicts.</summary>
    /// <value>The default is mse.</value>
    [Description("critic: mse predicts a return, categorical a distribution over bins of returns, scaled to fit them")]
    public CriticKind Critic { get; init; } = CriticKind.Mse;

    /// <summary>K, with a categorical critic.</summary>
    /// <value>The default is 101.</value>
    [Description("categorical critic: bins of returns"), Range(2, 10_000)]
    public int CriticBins { get; init; } = 101;

    /// <summary>v_max, with a categorical critic: the largest return so far is scaled to it.</summary>
    /// <value>The default is 10.</value>
    [Description("categorical critic: the return of the last bin, after scaling"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double CriticRange { get; init; } = 10;

    /// <summary>E of BRC, 32 there: a learned unit vector for each kind of question, <see cref="TaskEmbedding"/>.</summary>
    /// <value>The default is 0.</value>
    [Description("critic: width of a learned embedding of the kind of question, read beside the state; 0 has none"), Range(0, 4096)]
    public int CriticTaskEmbedding { get; init; }

    /// <summary>The critic learns returns less their running mean, over their running standard deviation
    /// (MAPPO's value normalisation).</summary>
    /// <remarks><see cref="ClipRangeValue"/> is then in standard deviations.</remarks>
    /// <value>The default is false.</value>
    [Description("normalise returns that the critic learns by their running mean and standard deviation")]
    public bool NormalizeValues { get; init; }

    /// <summary>Scores less their running mean, over their running standard deviation.</summary>
    /// <value>The default is false.</value>
    [Description("normalise rewards by their running mean and standard deviation over the run")]
    public bool NormalizeRewards { get; init; }

    /// <summary>The bound of a normalised reward, in standard deviations.</summary>
    /// <value>The default is 10.</value>
    [Description("with normalised rewards: largest size of one; 0 sets no bound"), Range(0d, double.MaxValue)]
    public double RewardClip { get; init; } = 10;

    /// <summary>Numbers that the critic gives for each action.</summary>
    public int Outputs => Critic == CriticKind.Categorical ? CriticBins : 1;

    /// <summary>True where statistics of the run are kept, and an update needs them.</summary>
    public bool NeedsScales => NormalizeRewards || NormalizeValues || Critic == CriticKind.Categorical;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(NormalizeValues), !NormalizeValues || Critic == CriticKind.Mse,
            "must be false where Critic is categorical, which scales returns itself", false),
    ];
}
