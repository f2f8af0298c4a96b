using System.Globalization;
using System.Text.RegularExpressions;
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
sealed partial record Departures : IRecipeOptions
{
    private const string Heading = "As released or not";

    [Option("how the world model is read; the last block from the task on only, and the delta before", Group = Heading)]
    public ReadOut ReadOut { get; init; } = ReadOut.Residual;

    [Option("positions that count in likelihoods, entropy and cloning: whose next token is a label, or whose own is", Group = Heading)]
    public ValidPositions Valid { get; init; } = ValidPositions.Shifted;

    [Option("how a likelihood over the width becomes a number; a sum wants weights that are a width-th", Group = Heading)]
    public WidthReduction Width { get; init; } = WidthReduction.Mean;

    [Option("weight of the projectors' likelihoods on pairs", Group = Heading, Min = 0)]
    public double ProjectionWeight { get; init; } = 1e-5 * 2048;

    [Option("weight of the codes' entropy in the stages", Group = Heading, Min = 0)]
    public double CodeEntropy { get; init; } = 1e-3;

    [Option("deviation of new weights; by default 1 / sqrt(inputs)", Group = Heading, Above = 0, Example = "0.02")]
    public double? Spread { get; init; }

    [Option("whose codes the base learns the task under: the inverse model's, which the policy copies then, or the policy's, "
        + "which has copied them before", Group = Heading)]
    public TaskCodes TaskCodes { get; init; } = TaskCodes.Inverse;

    [Option("share of the decoder's layers, from the last, that learn the task, beside embeddings and norm", Group = Heading,
        Above = 0, Max = 1)]
    public double TaskLayers { get; init; } = 1;

    [Option("vision tower and connector learn the task too", Group = Heading)]
    public bool TaskVision { get; init; }

    [Option("the base's final norm learns in reinforcement over codes", Group = Heading)]
    public bool TrainNorm { get; init; }

    [Option("draw among this many of the likeliest codes; 0 draws as --top-k says", Group = Heading, Min = 0)]
    public int CodeTopK { get; init; }

    [Option("log-probs are over all codes, whatever filter they were drawn with", Group = Heading)]
    public bool UnfilteredLogProbs { get; init; }

    [Option("what Dr. GRPO divides a reward's difference by", Group = Heading)]
    public AdvantageScale DrGrpoScale { get; init; } = AdvantageScale.None;

    [Option("stages with a rate of their own: stage=peak,shape,final share,share of steps it rises in", Group = Heading,
        Example = "cycle=1e-3,linear,0,0.1")]
    public string[] StageRates { get; init; } = [];

    [Option("what an advantage is credited to: the code that was drawn, or all codes of its effect", Group = Heading)]
    public CodeCredit Credit { get; init; } = CodeCredit.MarginalisedOverEquivalentCodes;

    [Option("what is surest in greedy answers: a code, or a token over all codes that lead to it", Group = Heading)]
    public GreedyCode Greedy { get; init; } = GreedyCode.MostProbableToken;

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
    public void Validate() => _ = StageRates.Select(Read).Count();

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
