using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards.Learned.CoEvolution;

/// <summary>Options.</summary>
/// <remarks>
/// Prompts, samples, penalty and shares of items as SPARK's released scripts have them; its rate of 5e-7 and 768 new tokens suit 7B
/// parameters that reason, and are left to --learning-rate and --max-new-tokens.
/// </remarks>
sealed record SparkOptions : GrpoOptions
{
    public SparkOptions() => (PromptsPerStep, Beta, MaxNewTokens) = (64, 1e-3, 128);

    public TrainOptions Train { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public CoEvolutionOptions CoEvolution { get; init; } = new();

    [Category("Co-evolution")]
    [Description("held-out questions whose rollouts become the items that the judge is measured by; 0 measures none")]
    [Range(0, int.MaxValue)]
    [Option(Smoke = 4)]
    public int JudgeEvalLimit { get; init; } = 128;

    [Category("Co-evolution")]
    [Description("write the items of each reward period into items/, as files that sft, grpo and score read: questions with what is right")]
    public bool SaveItems { get; init; }

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>What is paid.</summary>
    /// <exception cref="UsageException">A learned reward, which is no verifier.</exception>
    internal RunRewards VerifiableRewards() => Rewards.Read() is { Learned.Count: 0 } rewards ? rewards : throw new UsageException(
        "judge items are graded by what a verifier said of the answers, and a learned reward is none",
        $"--reward {string.Join(' ', Rewards.Reward)}", "a reward of docs/rewards.md, or ./vlm grpo with this one");
}
