using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;

/// <summary>Options.</summary>
/// <remarks>
/// Thresholds and the number of right answers that is enough are the paper's; it has 9 iterations, 64 answers to each question and 15
/// temperatures, 0.5 to 1.2, which suit its 7B parameters.
/// </remarks>
sealed record BStarOptions : UpdateOptions, IOptionRules
{
    internal const string Iteration = "iteration";
    private const string Improvement = "Self-improvement";

    public BStarOptions() => (Steps, LearningRate, MicroBatchSize) = (180, 1e-5, 32);

    [Description("folder of the model to start from"), Required]
    [Option(Example = "recipes/warm-start", Smoke = "recipes/warm-start")]
    public string Model { get; init; } = "";

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    [Category(Improvement), Description("iterations, each of an equal share of the steps"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Iterations { get; init; } = 6;

    [Category(Improvement), Description("questions that an iteration answers to learn from"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int Queries { get; init; } = 512;

    [Category(Improvement), Description("answers sampled to each of them"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int Samples { get; init; } = 16;

    [Category(Improvement), Description("questions that temperatures and thresholds are tried on, the first of the data")]
    [Range(1, int.MaxValue), Option(Smoke = 8)]
    public int Pool { get; init; } = 64;

    [Category(Improvement), Description("answers sampled to each of them at each temperature"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int PoolSamples { get; init; } = 16;

    [Category(Improvement), Description("temperatures that are tried")]
    public string[] TryTemperatures { get; init; } = ["0.5", "0.7", "0.9", "1.1"];

    [Category(Improvement), Description("n*: different right answers to a question that are enough"), Range(1, int.MaxValue)]
    public int RightTarget { get; init; } = QueryBalance.PaperTarget;

    [Description("examples of a step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int BatchSize { get; init; } = 32;

    [Description("p: a token of an answer of n tokens weighs n^-p, so that long answers do not drown short ones")]
    [Range(0d, 1d)]
    public double LengthPower { get; init; }

    [Description("most tokens in a completion"), Range(1, int.MaxValue), Option(Smoke = 20)]
    public int MaxNewTokens { get; init; } = 128;

    [Category(Improvement), Description("answers sampled together; sets memory, never the answers"), Range(1, int.MaxValue)]
    public int SampleBatch { get; init; } = 256;

    [Description("most checkpoints that stay, the oldest are deleted; 0 keeps all"), Range(0, int.MaxValue)]
    public int SaveTotalLimit { get; init; } = 1;

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    /// <summary>Read from <see cref="TryTemperatures"/>.</summary>
    internal IReadOnlyList<double> Temperatures => [.. TryTemperatures.Select(text => Number(text) ?? double.NaN)];

    /// <summary>Answers that an iteration learns from.</summary>
    internal int AnswersWanted => Steps / Iterations * BatchSize;

    /// <summary>As many for each question of the pool.</summary>
    internal int PoolSize => (int)Math.Ceiling((double)AnswersWanted * Pool / Queries);

    internal Sampling Sampling(double temperature) => new() { MaxNewTokens = MaxNewTokens, Temperature = temperature };

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules() =>
    [
        .. base.Rules(),
        new(nameof(Steps), Steps % Iterations == 0, $"must be a multiple of Iterations ({Iterations})", Iterations * Math.Max(1, Steps / Iterations)),
        new(nameof(TryTemperatures), TryTemperatures.Length > 0 && Temperatures.All(temperature => temperature is > 0 and < double.PositiveInfinity),
            "must be numbers above 0", "0.7 1"),
    ];

    /// <inheritdoc/>
    public IEnumerable<UsageException> Conflicts() => Evaluation.EvalSteps == 0 ? [] :
    [
        OptionException.Breaks(nameof(EvaluationOptions.EvalSteps), Evaluation.EvalSteps, "must be 0: checkpoints are those of whole iterations", 0),
    ];

    /// <summary>Whether an answer is right.</summary>
    /// <exception cref="UsageException">The rewards do not say it.</exception>
    internal static bool IsRight(Rollout rollout, TotalScore score) => score.Accuracy is { } accuracy ? accuracy.Value >= 1
        : throw new UsageException("self-improvement needs to know which answers are right, and these rewards do not say it",
            $"record {rollout.Prompt.Id}", "data with answers");

    /// <summary>The geometric mean of the probabilities that an answer's actions were sampled with, 0 to 1: it knows no truth.</summary>
    internal static double Confidence(Rollout rollout) => rollout.LogProbs.Length == 0 ? 0 : Math.Exp(rollout.LogProbs.Average());

    private static double? Number(string text) => double.TryParse(
        text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double number) ? number : null;
}
