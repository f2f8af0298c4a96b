using Vlm;
using Vlm.Grpo;

/// <summary>A reinforcement learning algorithm.</summary>
enum RlMethod { Grpo, DrGrpo, Ppo }

/// <summary>Reinforcement from the result of another phase.</summary>
sealed record ReinforcePhase(string Name, string From, int Steps, RlMethod Method) : Phase(Name, From, Steps);

/// <summary>What experiments change of reinforcement; the preset has the rest.</summary>
sealed record ReinforceOptions : IRecipeOptions
{
    private const string Heading = "Reinforcement";

    [Option("steps of reinforcement", Group = Heading, Min = 1, Smoke = 2)]
    public int Steps { get; init; } = 100;

    [Option("prompts per step", Group = Heading, Min = 1, Smoke = 2)]
    public int PromptsPerStep { get; init; } = 16;

    [Option("group size G: completions per prompt", Group = Heading, Min = 2, Smoke = 4)]
    public int GroupSize { get; init; } = 8;

    [Option("longest completion in tokens", Group = Heading, Min = 1)]
    public int MaxNewTokens { get; init; } = 64;

    [Option("peak learning rate over codes", Group = Heading, Above = 0, Max = 1)]
    public double LearningRate { get; init; } = 3e-4;

    [Option("peak learning rate over tokens", Group = Heading, Above = 0, Max = 1)]
    public double TokenLearningRate { get; init; } = 3e-4;

    [Option("beta: weight of the KL penalty to the policy it starts from; 0 loads no reference", Group = Heading, Min = 0)]
    public double KlWeight { get; init; }

    /// <inheritdoc/>
    public void Validate() { }

    /// <summary>The settings of a method.</summary>
    /// <param name="method">Dr. GRPO divides by nothing that depends on a group or a length, unless the preset says so.</param>
    /// <param name="tokens">The policy is over tokens, not codes.</param>
    /// <param name="preset">All that has no option here.</param>
    internal GrpoOptions Of(RlMethod method, bool tokens, LatentPreset preset)
    {
        GrpoOptions options = preset.Grpo with
        {
            Steps = Steps,
            PromptsPerStep = PromptsPerStep,
            GroupSize = GroupSize,
            MaxNewTokens = MaxNewTokens,
            LearningRate = tokens ? TokenLearningRate : LearningRate,
            KlWeight = KlWeight,
            TopK = tokens || preset.CodeTopK == 0 ? preset.Grpo.TopK : preset.CodeTopK,
        };
        return method != RlMethod.DrGrpo ? options
            : options with { Normalisation = LossNormalisation.Constant, AdvantageScale = preset.DrGrpoScale };
    }

    /// <summary>Throws where a preset sets what is an option here, and would be passed over.</summary>
    internal static void CheckPreset(GrpoOptions preset, string file)
    {
        var usual = new GrpoOptions();
        if (preset != preset with
            {
                Steps = usual.Steps,
                PromptsPerStep = usual.PromptsPerStep,
                GroupSize = usual.GroupSize,
                MaxNewTokens = usual.MaxNewTokens,
                LearningRate = usual.LearningRate,
                KlWeight = usual.KlWeight,
            })
            throw new UsageException("steps, prompts-per-step, group-size, max-new-tokens, learning-rate and kl-weight are "
                + "options, and not of \"grpo\" in a preset", file, "--steps 100 --learning-rate 3e-4");
    }
}
