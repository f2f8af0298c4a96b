using System.Globalization;

namespace Vlm.Grpo;

/// <summary>What a completion that was cut at the limit of new tokens is worth after its last action.</summary>
public enum CutOff
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
    LastValue,
}

/// <summary>
/// What proximal policy optimisation has beside <see cref="GrpoOptions"/>, from which it takes sampling, clip,
/// loss aggregation, rate and micro-batch. A recipe's options may hold one as a property.
/// </summary>
/// <remarks>
/// Defaults are TRL's, but for the divergence, which is 0 here, and the critic's rate, which TRL does not have.
/// </remarks>
public sealed record PpoOptions : IRecipeOptions
{
    private const string Heading = "PPO";

    /// <summary>Times that the rollouts of a step are gone through.</summary>
    [Option("times that the rollouts of a step are gone through", Group = Heading, Min = 1, Smoke = 2)]
    public int Epochs { get; init; } = 4;

    /// <summary>Updates that each time is split into.</summary>
    [Option("updates that each time is split into", Group = Heading, Min = 1)]
    public int Minibatches { get; init; } = 1;

    /// <summary>What a reward one action later is worth.</summary>
    [Option("what a reward one action later is worth", Group = Heading, Min = 0, Max = 1)]
    public double Gamma { get; init; } = 1;

    /// <summary>Trust in rewards over predicted values.</summary>
    [Option("trust in rewards over predicted values: 0 to 1", Group = Heading, Min = 0, Max = 1)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>What a completion that was cut off is worth after its last action.</summary>
    [Option("what a completion that was cut off is worth after its last action", Group = Heading)]
    public CutOff CutOff { get; init; } = CutOff.Terminal;

    /// <summary>Bring the step's advantages to mean 0 and variance 1.</summary>
    [Option("bring the step's advantages to mean 0 and variance 1", Group = Heading)]
    public bool Whiten { get; init; } = true;

    /// <summary>Reward units charged per nat that an action departs from the reference policy.</summary>
    [Option("reward charged per nat away from the reference policy; 0 needs no reference", Group = Heading, Min = 0)]
    public double RewardKl { get; init; }

    /// <summary>How far a predicted value may move before its gradient stops, in reward units; 0 sets none.</summary>
    [Option("how far a value may move before its gradient stops; 0 sets none", Group = Heading, Min = 0)]
    public double ValueClip { get; init; } = 0.2;

    /// <summary>Weight of the value loss.</summary>
    [Option("weight of the value loss", Group = Heading, Min = 0)]
    public double ValueWeight { get; init; } = 0.1;

    /// <summary>Peak learning rate of the critic, on the policy's schedule.</summary>
    [Option("peak learning rate of the critic, on the policy's schedule", Group = Heading, Above = 0, Max = 1)]
    public double ValueLearningRate { get; init; } = 1e-3;

    /// <summary>First steps in which the critic learns alone, from rollouts of the policy as it began.</summary>
    /// <remarks>
    /// A critic that begins at zero holds hard questions against the policy: their rewards lie below the mean, whatever it
    /// does. Where an <see cref="ActorCritic"/> shares its features, its error moves these all the same.
    /// </remarks>
    [Option("first steps in which the critic learns alone and the policy stays as it is", Group = Heading, Min = 0, Smoke = 0)]
    public int CriticWarmup { get; init; }

    /// <summary>Weight of the entropy, which the loss then rewards.</summary>
    [Option("weight of the entropy, which the loss then rewards", Group = Heading, Min = 0)]
    public double EntropyWeight { get; init; }

    /// <summary>Nats of the sampling policy after which a step makes no more updates; 0 sets none.</summary>
    [Option("nats from the sampling policy after which a step ends; 0 sets none", Group = Heading, Min = 0)]
    public double TargetKl { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        Check(Epochs >= 1, "--epochs", Epochs, "at least 1", 4);
        Check(Minibatches >= 1, "--minibatches", Minibatches, "at least 1", 1);
        Check(Gamma is >= 0 and <= 1, "--gamma", Gamma, "from 0 to 1", 1);
        Check(Lambda is >= 0 and <= 1, "--lambda", Lambda, "from 0 to 1", 0.95);
        Check(RewardKl >= 0, "--reward-kl", RewardKl, "0 or above", 0.05);
        Check(ValueClip >= 0, "--value-clip", ValueClip, "0 or above", 0.2);
        Check(ValueWeight >= 0, "--value-weight", ValueWeight, "0 or above", 0.1);
        Check(ValueLearningRate > 0, "--value-learning-rate", ValueLearningRate, "above 0", 1e-3);
        Check(CriticWarmup >= 0, "--critic-warmup", CriticWarmup, "0 or above", 20);
        Check(EntropyWeight >= 0, "--entropy-weight", EntropyWeight, "0 or above", 0.01);
        Check(TargetKl >= 0, "--target-kl", TargetKl, "0 or above", 0.05);
    }

    private static void Check(bool holds, string option, double value, string rule, double works)
    {
        if (!holds || !double.IsFinite(value))
            throw new UsageException(
                $"{option} is {Show(value)} and must be {rule}", $"{option} {Show(value)}", $"{option} {Show(works)}");
    }

    private static string Show(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
