using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

/// <summary>Options.</summary>
sealed record RewardModelOptions : UpdateOptions
{
    public RewardModelOptions() => (LearningRate, MicroBatchSize, LrScheduler) = (1e-5, 64, ScheduleShape.Linear);

    [Description("folder of the model to start from, of any family"), Required]
    [Option(Example = "recipes/warm-start", Smoke = "recipes/warm-start")]
    public string Model { get; init; } = "";

    public PairOptions Pairs { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    [Description("passes over the pairs, which take the place of --steps; 2.5 is two and a half"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    [Option(Example = "1")]
    public double? Epochs { get; init; }

    [Description("pairs of a step"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int BatchSize { get; init; } = 32;

    [Description("peak learning rate of the head, which starts at zero; by default ten times that of the model"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double? HeadLearningRate { get; init; }

    [Description("steps between evaluations on held-out pairs; 0 evaluates before the first step and after the last"), Range(0, int.MaxValue)]
    public int EvalSteps { get; init; }

    public PreferenceOptions Objective { get; init; } = new();

    [Description("classify segments of answers in place of whole answers (FGAIF): object existence, attribute, relation; of generated captions alone")]
    public bool Segments { get; init; }

    public CleaningOptions Cleaning { get; init; } = new();

    public MetaOptions Meta { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    public override IEnumerable<OptionRule> Rules() =>
    [
        .. base.Rules(),
        new(nameof(Segments), !Segments || Pairs.Data is ["shapes"], "must be false with files: no column of theirs labels segments", false),
        new(nameof(Segments), !Segments || (Cleaning.Ensemble == 0 && Meta.MetaRate == 0), "must be false with an ensemble or MetaRM, which compare whole answers", false),
        new(nameof(Segments), !Segments || !Objective.Pooling.IsImplicit(), "must be false with implicit pooling, which scores whole answers", false),
        new(nameof(HeadLearningRate), HeadLearningRate is null || !Objective.Pooling.IsImplicit(), "must not be set with implicit pooling, which has no head"),
        new(nameof(MicroBatchSize), MicroBatchSize % 2 == 0, "must be even: a pair is read together", Math.Max(2, MicroBatchSize + 1)),
    ];
}

/// <summary>Which pairs are learned from, and which measured on.</summary>
[Category("Data")]
sealed record PairOptions : IOptionRules
{
    [Description("files, folders or globs of pairs in any layout of docs/preferences.md, and shapes: generated captions with known faults")]
    [Required, Option(Example = "pairs.parquet", Smoke = "shapes")]
    public string[] Data { get; init; } = [];

    [Description("held-out pairs, read in the same way; by default the share that --split says, or 5 % and at least 20 rows")]
    public string[] Eval { get; init; } = [];

    [Description("pairs that are made of generated drawings to train on"), Range(1, int.MaxValue), Option(Smoke = 24)]
    public int GeneratedPairs { get; init; } = 10_000;

    [Description("most held-out pairs"), Range(1, int.MaxValue), Option(Smoke = 16)]
    public int EvalLimit { get; init; } = 1000;

    [Description("share of the training pairs whose sides are swapped on purpose, to see what wrong labels cost"), Range(0d, 1d)]
    public double LabelNoise { get; init; }

    public IEnumerable<OptionRule> Rules() => [new(nameof(Data), Data.Length > 0, "must name pairs to train on")];
}

/// <summary>How wrong labels are found and treated.</summary>
[Category("Cleaning of labels")]
sealed record CleaningOptions : IOptionRules
{
    [Description("reward models of an ensemble that measures the strength of each preference before the training (Wang et al. 2024: 10); 0 for none")]
    [Range(0, int.MaxValue)]
    public int Ensemble { get; init; }

    [Description("passes of each model of the ensemble over the pairs that it trains on"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double EnsembleEpochs { get; init; } = 1;

    [Description("share of the pairs that each model of the ensemble does not train on, so that it cannot know their labels by heart"), Range(0d, 0.9)]
    public double EnsembleHeldOut { get; init; }

    [Description("most of the pairs that change sides: the weakest, as far as the ensemble prefers the other side"), Range(0d, 0.5)]
    public double FlipShare { get; init; } = 0.2;

    [Description("share of the pairs, next in strength, whose labels are smoothed by --soften-smoothing"), Range(0d, 1d)]
    public double SoftenShare { get; init; } = 0.2;

    [Description("label smoothing of these pairs"), Range(0d, 0.5)]
    public double SoftenSmoothing { get; init; } = 0.1;

    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(FlipShare), FlipShare + SoftenShare <= 1, "must be <= 1 with SoftenShare", 0.2),
        new(nameof(EnsembleHeldOut), EnsembleHeldOut == 0 || Ensemble * EnsembleHeldOut >= 1,
            "must be >= 1 / Ensemble, so that every pair is left out by a model, or 0", Ensemble == 0 ? 0 : 1.0 / Ensemble),
    ];
}

/// <summary>MetaRM.</summary>
[Category("MetaRM")]
sealed record MetaOptions
{
    [Description("rate eta of MetaRM: weights are moved by it towards what tells fresh answers of the starting model apart, before each gradient; 0 for none"), Range(0d, double.MaxValue)]
    public double MetaRate { get; init; }

    [Description("questions whose fresh answers are compared in a step of MetaRM"), Range(1, int.MaxValue)]
    public int MetaPrompts { get; init; } = 4;

    [Description("fresh answers to each of them"), Range(2, int.MaxValue)]
    public int MetaSamples { get; init; } = 4;

    [Description("most tokens of a fresh answer"), Range(1, int.MaxValue)]
    public int MetaMaxNewTokens { get; init; } = 64;
}
