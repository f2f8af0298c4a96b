#!/usr/bin/env dotnet
// Make a tiny vision-language model from nothing: it learns from answers to look at drawings, to point and to describe.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm sft-shapes --out runs/sft-shapes
//   ./vlm sft-shapes --smoke
//
// The result, runs/sft-shapes/model, is a Hugging Face folder of the SmolVLM family. The one shipped in recipes/warm-start was
// made so; docs/results.md has the commands and what it scores. Training scenes never are validation or test scenes.
// A drawing is read once for several questions: its tokens are the prefix that the questions share.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<SftShapesOptions>(args, "sft-shapes", "train a tiny vision-language model from nothing", run =>
{
    SftShapesOptions options = run.Options;
    string start = run.LatestCheckpoint?.Path ?? options.Model ?? Path.Combine(run.Folder, "untrained");
    if (run.LatestCheckpoint is null && options.Model is null)
        CompleteFolder.Write(start, folder => SmolVlmNew.Write(
            folder, options.Sizes, SftShapesOptions.Texts(run.Seed), run.Seed));

    VlmCheckpoint vlm = VlmCheckpoint.Load(start, run.Device, logger: run.Logger);
    TokenPolicy policy = vlm.Policy();
    FusedAdamW optimizer = OptimizerStep.Create(policy, options);
    if (run.LatestCheckpoint is { } saved)
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);

    Prompt[] validation = [.. Enumerable.Range(0, options.Validation).Select(i => Ask(i))];
    run.Phase("supervised", options.Steps);
    for (long step = run.FirstStep; step <= options.Steps && !run.Cancelled; step++)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyList<string> kinds = step <= options.DescribeSteps ? options.Describe : options.Kinds;
        (Rollout[] Targets, int[] Given)[] drawings = [.. Enumerable.Range(0, options.Drawings)
            .Select(i => AskOften((step - 1) * options.Drawings + i, kinds))];
        StepStats stats = SupervisedUpdate.Apply(
            policy, optimizer, [.. drawings.SelectMany(drawing => drawing.Targets)], options, step, options.LengthPower,
            [.. drawings.SelectMany(drawing => drawing.Given)]);

        var metrics = new Dictionary<string, double>(stats.Metrics())
        {
            [Metric.StepSeconds] = clock.Elapsed.TotalSeconds,
            [Metric.PeakMemory] = Math.Round(Machine.PeakMemoryMb()),
        };
        if (step % options.EvalSteps == 0 || step == options.Steps)
            AddScores(metrics);
        run.Log(step, metrics);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, vlm.Write));
    }
    if (run.Cancelled)
        return;

    CompleteFolder.Write(Path.Combine(run.Folder, "model"), options.Half ? vlm.WriteHalf : vlm.Write);
    ScoredAnswer[] answers = Answer();
    run.Answers(options.Steps, "validation", [.. validation.Select(prompt => prompt.Example).Zip(answers)]);
    EvaluationReport report = Evaluation.Report(answers);
    foreach (KindReport kind in report.Kinds)
        run.Say($"{kind.Kind,-10} {kind.Accuracy,6:P1} of {kind.Count}");
    run.Finish(new { validation = report });

    Prompt Ask(long index) => vlm.Processor.Prompt(Shapes.Example(
        run.Seed, Split.Validation, index, new ShapesOptions { Kinds = ShapesOptions.VqaAndGround }));

    // Several questions about one drawing, which is read once.
    (Rollout[], int[]) AskOften(long drawing, IReadOnlyList<string> kinds)
    {
        var shown = new ShapesOptions { Kinds = options.Turn(drawing, kinds), AlternateAnnotatorRate = options.AlternateAnnotatorRate };
        IReadOnlyList<Example> examples = Shapes.Examples(run.Seed, Split.Train, drawing, shown);
        return SupervisedUpdate.SharedPrefixTargets(
            [.. examples.Select(example => vlm.Processor.Prompt(example))],
            [.. examples.Select(example => vlm.Processor.Completion(example.Answer))]);
    }

    ScoredAnswer[] Answer() => [.. Evaluation.Ask(
        policy, validation, new Sampling { Greedy = true, MaxNewTokens = options.MaxNewTokens }, 64, default)];

    void AddScores(Dictionary<string, double> metrics)
    {
        EvaluationReport report = Evaluation.Report(Answer());
        metrics[Metric.VqaAccuracy] = report[Metric.VqaAccuracy];
        metrics[Metric.GroundingAcc50] = report[Metric.GroundingAcc50];
        metrics[Metric.MeanIou] = report[Metric.MeanIou];
        run.Say(string.Join("  ", report.Kinds.Select(kind => $"{kind.Kind} {kind.Accuracy:P0}")));
    }
});

/// <summary>Options.</summary>
sealed record SftShapesOptions : UpdateOptions
{
    private const string Shape = "Model";

    public SftShapesOptions()
    {
        Steps = 14_000;
        LearningRate = 1e-3;
        WeightDecay = 0.01;
        WarmupSteps = 100;
        LrScheduler = ScheduleShape.Cosine;
        MinLrRate = 0.05;
        AdamBeta2 = 0.99;
        MicroBatchSize = 32;
    }

    [Description("drawings in one step"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int Drawings { get; init; } = 8;

    [Description("questions about each drawing, the kinds in turn"), Range(1, int.MaxValue), Option(Smoke = 3)]
    public int Questions { get; init; } = 6;

    [Description("p: a token of an answer of n tokens weighs n^-p, so that long answers do not drown short ones")]
    [Range(0d, 1d)]
    public double LengthPower { get; init; } = 0.5;

    [Description("share of answers by an annotator who names the object where a word is asked for, and leaves air in boxes")]
    [Range(0d, 1d)]
    public double AlternateAnnotatorRate { get; init; }

    [Description("steps between evaluations on validation questions"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int EvalSteps { get; init; } = 500;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new() { SaveSteps = 500 };

    [Description("validation questions"), Range(7, int.MaxValue), Option(Smoke = 14)]
    public int Validation { get; init; } = 350;

    [Description("most tokens in a completion"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int MaxNewTokens { get; init; } = 48;

    [Description("first steps, which teach to see: names and boxes of everything in sight say most per drawing")]
    [Range(0, int.MaxValue), Option(Smoke = 1)]
    public int DescribeSteps { get; init; } = 10_000;

    [Description("kinds of questions in those first steps, taken in turn")]
    public string[] Describe { get; init; } = ["detect", "region", "detect", "ground"];

    [Description("kinds of questions after them, taken in turn")]
    public string[] Kinds { get; init; } = [.. ShapesOptions.VqaAndGround, "region"];

    [Description("folder of a model to go on from; by default a new one of the sizes below"), Category(Shape)]
    [Option(Example = "runs/sft-shapes/model")]
    public string? Model { get; init; }

    [Description("write the final model in bfloat16, half the size"), Category(Shape)]
    public bool Half { get; init; }

    [Description("width of the language model; heads are 32 wide"), Category(Shape), Range(32, int.MaxValue)]
    public int Width { get; init; } = 128;

    [Description("layers of the language model"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int Layers { get; init; } = 4;

    [Description("width of the vision tower; heads are 32 wide"), Category(Shape), Range(32, int.MaxValue)]
    public int VisionWidth { get; init; } = 96;

    [Description("layers of the vision tower"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int VisionLayers { get; init; } = 4;

    [Description("most tokens of the vocabulary, which is learned from the questions"), Category(Shape)]
    [Range(512, int.MaxValue)]
    public int Vocabulary { get; init; } = 640;

    /// <summary>The kinds asked about one drawing; the next drawing goes on where it ended.</summary>
    internal string[] Turn(long drawing, IReadOnlyList<string> kinds) =>
        [.. Enumerable.Range(0, Math.Min(Questions, kinds.Count))
            .Select(i => kinds[(int)((drawing * Questions + i) % kinds.Count)])];

    internal SmolVlmConfig Sizes => new()
    {
        Text = new SmolVlmTextConfig
        {
            HiddenSize = Width, Layers = Layers, Heads = Width / 32, KvHeads = Math.Max(1, Width / 64), HeadDim = 32,
            IntermediateSize = 3 * Width, VocabSize = Vocabulary, MaxPositions = 256, Epsilon = 1e-5,
        },
        Vision = new SmolVlmVisionConfig
        {
            HiddenSize = VisionWidth, Layers = VisionLayers, Heads = VisionWidth / 32, IntermediateSize = 4 * VisionWidth,
            ImageSize = 64, PatchSize = 8,
        },
        ScaleFactor = 2,
        ImageToken = 0,
        TiedHead = false,
    };

    internal static IEnumerable<string> Texts(long seed) => Enumerable.Range(0, 4000)
        .Select(i => Shapes.Example(seed, Split.Train, i, new ShapesOptions { Kinds = ShapesOptions.All }))
        .SelectMany(example => (string[])[example.Question, " " + example.Answer]);
}
