using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.LatentActions;

/// <summary>A reinforcement learning algorithm.</summary>
enum RlMethod { Grpo, DrGrpo, Ppo }

/// <summary>Reinforcement from the result of another phase.</summary>
sealed record ReinforcePhase(string Name, string From, int Steps, RlMethod Method) : Phase(Name, From, Steps)
{
    /// <summary>What the phase changes.</summary>
    internal Arm Arm { get; init; } = new();
}

/// <summary>What experiments change of reinforcement; the preset has the rest.</summary>
sealed record ReinforceOptions
{
    private const string Heading = "Reinforcement";

    [Description("training steps of the run"), Category(Heading), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Steps { get; init; } = 100;

    [Description("prompts per step"), Category(Heading), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int PromptsPerStep { get; init; } = 16;

    [Description("group size G: completions per prompt, compared with one another"), Category(Heading), Range(2, int.MaxValue), Option(Smoke = 4)]
    public int GroupSize { get; init; } = 8;

    [Description("most tokens in a completion"), Category(Heading), Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 64;

    [Description("peak learning rate of AdamW"), Category(Heading), Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 3e-4;

    [Description("peak learning rate of AdamW for a policy over tokens"), Category(Heading), Range(0d, 1d, MinimumIsExclusive = true)]
    public double TokenLearningRate { get; init; } = 3e-4;

    [Description("beta: weight of the KL penalty to the reference policy in the loss; 0 needs no reference")]
    [Category(Heading), Range(0d, double.MaxValue)]
    public double Beta { get; init; }

    [Description("codes that an advantage is credited to: the sampled one, or all that decode to its token; by default the preset's")]
    [Category(Heading)]
    public CodeCredit? Credit { get; init; }

    [Description("held-out questions that are asked on the way, for the curve of rewards over steps; 0 asks none")]
    [Category(Heading), Range(0, int.MaxValue), Option(Smoke = 4)]
    public int CurveQuestions { get; init; }

    /// <summary>The settings of a method.</summary>
    /// <param name="method">Dr. GRPO divides by nothing that depends on a group or a length, unless the preset says so.</param>
    /// <param name="tokens">The policy is over tokens, not codes.</param>
    /// <param name="preset">All that has no option here.</param>
    /// <exception cref="OptionException">They do not go together.</exception>
    internal GrpoOptions Of(RlMethod method, bool tokens, LatentPreset preset)
    {
        GrpoOptions options = preset.Grpo with
        {
            Steps = Steps,
            PromptsPerStep = PromptsPerStep,
            GroupSize = GroupSize,
            LearningRate = tokens ? TokenLearningRate : LearningRate,
            Beta = Beta,
            WarmupSteps = Math.Min(preset.Grpo.WarmupSteps, Steps - 1),     // a short run has a short warmup
            Sampling = preset.Grpo.Sampling with
            {
                MaxNewTokens = MaxNewTokens,
                TopK = tokens || preset.CodeTopK == 0 ? preset.Grpo.Sampling.TopK : preset.CodeTopK,
            },
        };
        ObjectiveState.Refuse(options);
        return OptionsCheck.Validate(method != RlMethod.DrGrpo ? options
            : options with { LossAggregation = Aggregation.SeqMeanTokenSumNorm, ScaleRewards = preset.DrGrpoScale });
    }

    /// <summary>Throws where a preset sets what is an option here, and would be passed over.</summary>
    internal static void CheckPreset(GrpoOptions preset, string file)
    {
        var defaults = new GrpoOptions();
        if (preset != preset with
            {
                Steps = defaults.Steps,
                PromptsPerStep = defaults.PromptsPerStep,
                GroupSize = defaults.GroupSize,
                MaxNewTokens = defaults.MaxNewTokens,
                LearningRate = defaults.LearningRate,
                Beta = defaults.Beta,
            })
            throw new UsageException("steps, prompts-per-step, group-size, max-new-tokens, learning-rate and beta are "
                + "options, and not of \"grpo\" in a preset", file, "--steps 100 --learning-rate 3e-4");
    }
}
