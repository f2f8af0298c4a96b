using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Recipes.Cli;
using TorchSharp.Modules;
using Vlm;
using Vlm.Adapters;
using Vlm.Grpo;
using Vlm.LatentActions;

/// <summary>The rate of a stage, and how it moves.</summary>
/// <param name="Rate">Its peak.</param>
/// <param name="Shape">How it falls.</param>
/// <param name="Final">Share of the peak that it falls to.</param>
/// <param name="Warmup">Share of the steps in which it rises.</param>
sealed record StageRate(double Rate, ScheduleShape Shape, double Final, double Warmup)
{
    internal Schedule Over(int steps) => new(Shape, Math.Min((int)Math.Ceiling(Warmup * steps), steps - 1), steps, Final);

    /// <summary>Reads "1e-3,linear,0,0.1"; null where it is no such thing.</summary>
    internal static StageRate? Read(string word) => word.Split(',') is [var rate, var shape, var final, var warmup]
        && Number(rate) is > 0 and <= 1 and var peak && Number(final) is >= 0 and <= 1 and var floor
        && Number(warmup) is >= 0 and < 1 and var rise
        && Enum.GetNames<ScheduleShape>().FirstOrDefault(name => Lower(name) == shape) is { } known
            ? new(peak, Enum.Parse<ScheduleShape>(known), floor, rise) : null;

    internal static string Lower(string name) => name.ToLowerInvariant();

    private static double? Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}

/// <summary>Where the code released with the method does otherwise: recipes/latent-paper.json sets each as it does.</summary>
sealed partial record Departures : IOptionRules
{
    private const string Heading = "As released or not";

    [Description("how the world model is read; the last block from the task on only, and the delta before")]
    [Category(Heading)]
    public ReadOut ReadOut { get; init; } = ReadOut.Residual;

    [Description("mask by next-token label (shifted) or by own label (unshifted, as released)")]
    [Category(Heading)]
    public ValidPositions Valid { get; init; } = ValidPositions.Shifted;

    [Description("reduce the Gaussian NLL over hidden size by mean or sum; with sum divide the weight by hidden size")]
    [Category(Heading)]
    public WidthReduction Width { get; init; } = WidthReduction.Mean;

    [Description("weight of the projectors' likelihoods on pairs"), Category(Heading), Range(0d, double.MaxValue)]
    public double ProjectionWeight { get; init; } = 1e-5 * 2048;

    [Description("weight of the codes' entropy in the stages"), Category(Heading), Range(0d, double.MaxValue)]
    public double CodeEntropy { get; init; } = 1e-3;

    [Description("deviation of new weights; by default 1 / sqrt(inputs)"), Category(Heading)]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true), Option(Example = "0.02")]
    public double? Spread { get; init; }

    [Description("whose codes the base learns the task under: the inverse model's, which the policy copies then, or the policy's, which has copied them before")]
    [Category(Heading)]
    public TaskCodes TaskCodes { get; init; } = TaskCodes.Inverse;

    [Description("share of the decoder's layers, from the last, that learn the task, beside embeddings and norm")]
    [Category(Heading), Range(0d, 1d, MinimumIsExclusive = true)]
    public double TaskLayers { get; init; } = 1;

    [Description("vision tower and connector learn the task too"), Category(Heading)]
    public bool TaskVision { get; init; }

    [Description("the base's final norm learns in reinforcement over codes"), Category(Heading)]
    public bool TrainNorm { get; init; }

    [Description("draw among this many of the likeliest codes; 0 draws as --top-k says"), Category(Heading)]
    [Range(0, int.MaxValue)]
    public int CodeTopK { get; init; }

    [Description("log-probs are over all codes, whatever filter they were drawn with"), Category(Heading)]
    public bool UnfilteredLogProbs { get; init; }

    [Description("what Dr. GRPO divides a reward's difference by"), Category(Heading)]
    public AdvantageScale DrGrpoScale { get; init; } = AdvantageScale.None;

    [Description("stages with a rate of their own: stage=peak,shape,final share,share of steps it rises in")]
    [Category(Heading), Option(Example = "cycle=1e-3,linear,0,0.1")]
    public string[] StageRates { get; init; } = [];

    [Description("what an advantage is credited to: the code that was drawn, or all codes of its effect")]
    [Category(Heading)]
    public CodeCredit Credit { get; init; } = CodeCredit.Effect;

    [Description("greedy decoding by most probable code, or by token probability marginalised over codes (effect)")]
    [Category(Heading)]
    public GreedyCode Greedy { get; init; } = GreedyCode.Effect;

    internal LatentPolicyOptions Policy =>
        new() { TrainFinalNorm = TrainNorm, UnfilteredLogProbs = UnfilteredLogProbs, Credit = Credit, Greedy = Greedy };

    internal LatentObjective Objective(double cycle) => new()
    {
        Entropy = CodeEntropy,
        Projection = ProjectionWeight,
        Cycle = cycle,
        Width = Width,
        Valid = Valid,
    };

    /// <summary>The rate of a stage that has one of its own.</summary>
    internal StageRate? RateOf(LatentStage stage) => StageRates.Select(Read)
        .Where(item => item.Stage == stage).Select(item => item.Rate).LastOrDefault();

    /// <summary>The task moves the language model, from a layer on; the eyes where that is asked for.</summary>
    internal void OpenTask(IVisionLanguageModel model)
    {
        if (!TaskVision)
            FrozenParts.Freeze(model, [ModelPart.Vision, ModelPart.Connector]);
        int first = model.Layers - Math.Max(1, (int)Math.Round(TaskLayers * model.Layers));
        foreach ((string name, Parameter value) in model.Parameters.Where(item => model.PartOf(item.Name) == ModelPart.Text))
            if (Layer().Match(name) is { Success: true } found
                && int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) < first)
                value.requires_grad = false;
    }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        _ = StageRates.Select(Read).Count();
        return [];
    }

    private static (LatentStage Stage, StageRate Rate) Read(string word) =>
        word.Split('=', 2) is [var stage, var rest] && StageRate.Read(rest) is { } rate
        && Enum.GetValues<LatentStage>().Cast<LatentStage?>()
            .FirstOrDefault(each => StageRate.Lower(each!.Value.ToString()) == stage) is { } known
            ? (known, rate) : throw new UsageException(
                "a stage's rate is stage=peak,shape,final share,share of steps it rises in, with stage one of inverse, cycle, "
                + "joint, cloning, task and shape one of constant, linear, cosine",
                $"--stage-rates {word}", "--stage-rates cycle=1e-3,linear,0,0.1");

    [GeneratedRegex(@"\.layers\.(\d+)\.")]
    private static partial Regex Layer();
}
