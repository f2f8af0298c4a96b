using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;

/// <summary>How a policy is moved.</summary>
enum Reinforcement { Grpo, DrGrpo, Ppo }

/// <summary>One way to learn codes.</summary>
sealed record Variant(string Name, int Codes, LatentObjective Objective, ReadOut ReadOut, bool Text = true);

/// <summary>What a phase is to do, and with whose result it begins. Codes come with a stage, reinforcement with a method.</summary>
sealed record Plan(string Name, string From, int Steps, LatentStage? Stage = null, Variant? Variant = null, Reinforcement? Method = null)
{
    /// <summary>Whether it is a line of the table: what can answer is, once it has been through all stages.</summary>
    public bool Measured { get; init; } = Stage is null;
}

/// <summary>Where a phase leaves its result, and which steps of the run are its.</summary>
sealed record Phase(string Folder, long First, long Last)
{
    public int Steps => (int)(Last - First);
}

/// <summary>Options. --steps, --prompts-per-step and so on are those of reinforcement.</summary>
sealed record LatentShapesOptions : GrpoOptions
{
    private const string Stages = "Stages";

    public LatentShapesOptions()
    {
        (Steps, PromptsPerStep, GroupSize, MaxNewTokens) = (100, 16, 8, 64);
        (LearningRate, WarmupSteps, LrScheduler, MinLrRate) = (3e-4, 5, ScheduleShape.Linear, 0.1);
        (MicroBatchSize, AdamBeta2) = (64, 0.99);
        LossAggregation = LossAggregation.SeqMeanTokenMean;
    }

    [Description("folder of the model to start from; by default recipes/warm-start, in a smoke run an untrained one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } =
        ["color", "shape", "describe", "ground", "count", "exists", "describe", "ground", "compare", "relation"];

    [Description("what is left out or changed, once each: no-cycle, no-projector, no-text, codes-N, delta, last-block; none for nothing")]
    public string[] Ablations { get; init; } = ["codes-16", "codes-128", "no-cycle", "no-projector", "no-text"];

    [Description("share of answers by an annotator who names the object where a word is asked for, and leaves air in boxes")]
    [Category(Stages), Range(0d, 1d)]
    public double Loose { get; init; } = 0.6;

    [Description("pairs, and texts, that the stages learn from"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 8)]
    public int Sequences { get; init; } = 6144;

    [Description("steps of the base learning to speak of both halves, over tokens"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int BaseSteps { get; init; } = 200;

    [Description("codes of the codebook"), Category(Stages), Range(2, int.MaxValue)]
    public int Codes { get; init; } = 64;

    [Description("layers of the inverse dynamics model"), Category(Stages), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int InverseLayers { get; init; } = 2;

    [Description("layers of the policy"), Category(Stages), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int PolicyLayers { get; init; } = 3;

    [Description("steps of the inverse model, codebook and world model on pairs"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 2)]
    public int InverseSteps { get; init; } = 200;

    [Description("steps of the projectors"), Category(Stages), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CycleSteps { get; init; } = 300;

    [Description("steps of all of these, on pairs and on text alone"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 2)]
    public int JointSteps { get; init; } = 150;

    [Description("steps of the policy learning to predict the codes"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 1)]
    public int CloningSteps { get; init; } = 200;

    [Description("steps of the base learning the task, under codes or over tokens"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int TaskSteps { get; init; } = 100;

    [Description("sequences of each half in a step of a stage"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 4)]
    public int Rows { get; init; } = 32;

    [Description("learning rate of the stages; cloning takes twice as much, the task a third"), Category(Stages)]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double Rate { get; init; } = 1e-3;

    [Description("steps in which the rate of a stage rises"), Category(Stages), Range(0, int.MaxValue)]
    [Option(Smoke = 0)]
    public int StageWarmup { get; init; } = 20;

    [Description("include prompt tokens in the loss"), Category(Stages)]
    public bool LearnPrompts { get; init; }

    [Description("weight of cycle consistency"), Category(Stages), Range(0d, double.MaxValue)]
    public double CycleWeight { get; init; } = 1e-5 * 2048;

    [Description("validation sequences that the diagnostics look at"), Category(Stages), Range(2, int.MaxValue)]
    [Option(Smoke = 4)]
    public int Watched { get; init; } = 64;

    [Description("steps of a stage between diagnostics"), Category(Stages), Range(1, int.MaxValue)]
    public int WatchEvery { get; init; } = 100;

    [Description("steps that use one code alone, after which a stage stops: its codebook has collapsed")]
    [Category(Stages), Range(1, int.MaxValue)]
    public int CollapseWindow { get; init; } = 50;

    [Description("learning rate of reinforcement over tokens; --learning-rate is that over codes")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double TokenLearningRate { get; init; } = 3e-4;

    [Description("test questions"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 1000;

    [Description("steps between checkpoints"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int SaveEvery { get; init; } = 100;

    public PpoOptions Ppo { get; init; } = new() { PpoEpochs = 2, CriticWarmup = 20 };

    public Departures Released { get; init; } = new();

    internal UpdateOptions BaseUpdate => Imitation(Rate, Usual(BaseSteps));

    internal UpdateOptions TaskUpdate => Imitation(RateOf(LatentStage.Task), ScheduleOf(LatentStage.Task, TaskSteps));

    internal IEnumerable<Plan> Plans =>
    [
        new("base", "start", BaseSteps), new("base SFT", "base", TaskSteps), new("token GRPO", "base SFT", Steps, Method: Reinforcement.Grpo),
        .. Variants.SelectMany(PlansOf),
    ];

    /// <summary>The phases of a run by name, one after the other, and what the first of them starts from.</summary>
    internal IReadOnlyDictionary<string, Phase> Phases(string run, string start)
    {
        long end = 0;
        var phases = new Dictionary<string, Phase> { ["start"] = new(start, 0, 0) };
        foreach (Plan plan in Plans)
            phases[plan.Name] = new(Checkpoints.PathOf(run, end + plan.Steps), end, end += plan.Steps);
        return phases;
    }

    private Variant Whole => new("latent", Codes, Released.Objective(CycleWeight), Released.ReadOut);

    private IEnumerable<Variant> Variants => [Whole, .. Ablations.Where(word => word != "none").Select(word => word switch
    {
        "no-cycle" => Whole with { Name = word, Objective = Released.Objective(cycle: 0) },
        "no-projector" => Whole with { Name = word, Objective = Whole.Objective with { ProjectText = false } },
        "no-text" => Whole with { Name = word, Text = false },
        "delta" => Whole with { Name = word, ReadOut = ReadOut.Delta },
        "last-block" => Whole with { Name = word, ReadOut = ReadOut.LastBlock },
        _ when word.StartsWith("codes-", StringComparison.Ordinal) && int.TryParse(word["codes-".Length..], out int codes) && codes > 1 =>
            Whole with { Name = word, Codes = codes },
        _ => throw new UsageException($"there is no ablation '{word}'", $"--ablations {word}",
            "--ablations no-cycle no-projector no-text codes-16 delta last-block, or none"),
    })];

    /// <summary>The sequences of a step, the same ones again after all of them.</summary>
    internal int[] Turn(long turn) => [.. Enumerable.Range(0, Rows).Select(i => (int)((turn * Rows + i) % Sequences))];

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules()
    {
        _ = Variants.Count();
        _ = Shapes.Paired(0, Split.Train, 0, Asked(Loose));
        return base.Rules();
    }

    internal LatentConfig Config(Variant variant) =>
        new() { Codes = variant.Codes, InverseLayers = InverseLayers, PolicyLayers = PolicyLayers, ReadOut = variant.ReadOut };

    internal ShapesOptions Asked(double loose) => new() { Kinds = Kinds, Loose = loose };

    internal double RateOf(LatentStage stage) => Released.RateOf(stage)?.Rate ?? stage switch
    {
        LatentStage.Task => Rate / 3,
        LatentStage.Cloning => Rate * 2,
        _ => Rate,
    };

    internal Schedule ScheduleOf(LatentStage stage, int steps) => Released.RateOf(stage)?.Over(steps) ?? Usual(steps);

    // Dr. GRPO divides by nothing that depends on a group or a length, unless told to.
    internal GrpoOptions For(Reinforcement method, bool tokens)
    {
        GrpoOptions rated = tokens ? this with { LearningRate = TokenLearningRate }
            : this with { Sampling = Sampling with { TopK = Released.CodeTopK > 0 ? Released.CodeTopK : Sampling.TopK } };
        return method != Reinforcement.DrGrpo ? rated
            : rated with { LossAggregation = LossAggregation.SeqMeanTokenSumNorm, ScaleRewards = Released.DrGrpoScale };
    }

    // What differs from the whole method only after the projectors' first steps goes on from there.
    private IEnumerable<Plan> PlansOf(Variant variant)
    {
        bool whole = variant.Name == Whole.Name;
        string from = whole || variant.Codes != Codes || variant.ReadOut != Whole.ReadOut ? "base" : $"{Whole.Name} {LatentStage.Cycle}";
        IReadOnlyList<LatentStage> order = LatentProgress.Order(Released.TaskCodes);
        foreach (LatentStage stage in from == "base" ? order : order.SkipWhile(each => each != LatentStage.Joint))
        {
            bool last = stage == order[^1];
            string name = $"{variant.Name} {(last ? "SFT" : stage)}";
            yield return new(name, from, StepsOf(stage), stage, variant) { Measured = last };
            from = name;
        }
        foreach (Reinforcement method in whole ? Enum.GetValues<Reinforcement>() : [Reinforcement.Grpo])
            yield return new($"{variant.Name} {Show(method)}", from, Steps, Method: method);
    }

    private Schedule Usual(int steps) => new(ScheduleShape.Cosine, StageWarmup, steps, 0.1);

    private UpdateOptions Imitation(double rate, Schedule schedule) => new()
    {
        Steps = (int)schedule.Steps,
        LearningRate = rate,
        WarmupSteps = (int)schedule.Warmup,
        LrScheduler = schedule.Shape,
        MinLrRate = schedule.Final,
        AdamBeta2 = AdamBeta2,
    };

    private int StepsOf(LatentStage stage) => stage switch
    {
        LatentStage.Inverse => InverseSteps,
        LatentStage.Cycle => CycleSteps,
        LatentStage.Joint => JointSteps,
        LatentStage.Cloning => CloningSteps,
        _ => TaskSteps,
    };

    private static string Show(Reinforcement method) => method switch
    {
        Reinforcement.Grpo => "GRPO",
        Reinforcement.DrGrpo => "Dr.GRPO",
        _ => "PPO",
    };
}
