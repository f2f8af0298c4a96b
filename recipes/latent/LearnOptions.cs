using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>One way to learn latent actions: the whole method, or an ablation of it.</summary>
/// <param name="Name">For tables and messages.</param>
/// <param name="Codes">K</param>
/// <param name="Objective">Loss weights and masks.</param>
/// <param name="ReadOut">What the output layer reads of the world model.</param>
/// <param name="Text">Learn from text-only data too.</param>
sealed record LatentVariant(string Name, int Codes, LatentObjective Objective, ReadOut ReadOut, bool Text = true)
{
    /// <summary>What the policy is built of; null for the option's.</summary>
    internal PolicyForm? Policy { get; init; }

    /// <summary>Its layers; null for the option's.</summary>
    internal int? PolicyLayers { get; init; }

    /// <summary>Blocks of the world model; null for the option's.</summary>
    internal int? MergeBlocks { get; init; }

    /// <summary>What turns a state and a code into a token.</summary>
    internal WorldForm World { get; init; }
}

/// <summary>Supervised fine-tuning over tokens, on answers of pairs, and of text-only data where it is the base's.</summary>
sealed record TokenPhase(string Name, string From, int Steps, bool Text) : Phase(Name, From, Steps);

/// <summary>A stage of a variant; after the last one its policy over codes can answer.</summary>
sealed record StagePhase(string Name, string From, int Steps, LatentStage Stage, LatentVariant Variant, bool IsFinal)
    : Phase(Name, From, Steps);

/// <summary>How latent actions are learned on the drawings of the shapes dataset.</summary>
sealed record LearnOptions
{
    private const string Stages = "Stages";

    [Description("pairs, and as many text-only examples, to learn from"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 8)]
    public int Sequences { get; init; } = 6144;

    [Description("batch size of a stage: pairs, and as many text-only examples"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 4)]
    public int Rows { get; init; } = 32;

    [Description("K: codes of the codebook"), Category(Stages), Range(2, int.MaxValue)]
    public int Codes { get; init; } = 64;

    [Description("decoder layers of the inverse dynamics model"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 1)]
    public int InverseLayers { get; init; } = 2;

    [Description("what the policy over codes is built of: new layers, or a branch, a copy of the base's last layers")]
    [Category(Stages)]
    public PolicyForm Policy { get; init; } = PolicyForm.Layers;

    [Description("decoder layers of the policy over codes; of a branch no more than the base has"), Category(Stages), Range(1, int.MaxValue)]
    [Option(Smoke = 1)]
    public int PolicyLayers { get; init; } = 3;

    [Description("blocks of the world model that merge a state with a code"), Category(Stages), Range(1, int.MaxValue)]
    public int MergeBlocks { get; init; } = 2;

    [Description("SFT steps of the base over tokens, on pairs and text-only data"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int BaseSteps { get; init; } = 200;

    [Description("steps of the inverse stage: inverse dynamics model, codebook, world model, on pairs")]
    [Category(Stages), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int InverseSteps { get; init; } = 200;

    [Description("steps of the cycle stage: cross-modal projectors, on pairs"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CycleSteps { get; init; } = 300;

    [Description("steps of the joint stage: all of these, on pairs and text-only data"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 2)]
    public int JointSteps { get; init; } = 150;

    [Description("most steps of the cloning stage: the policy learns to predict the codes"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CloningSteps { get; init; } = 200;

    [Description("steps of a cloning round, which has a schedule of its own; after each it is looked whether cloning has converged")]
    [Category(Stages), Range(1, int.MaxValue)]
    public int CloningRound { get; init; } = 200;

    [Description("steps of the task stage: the base learns the answers given the codes"), Category(Stages)]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int TaskSteps { get; init; } = 100;

    [Description("peak learning rate of the stages; cloning takes twice that, the task a third"), Category(Stages)]
    [Range(0d, 0.5, MinimumIsExclusive = true)]
    public double Rate { get; init; } = 1e-3;

    [Description("steps of linear warmup of a stage"), Category(Stages), Range(0, int.MaxValue), Option(Smoke = 0)]
    public int StageWarmup { get; init; } = 20;

    [Description("validation pairs of the diagnostics"), Category(Stages), Range(2, int.MaxValue), Option(Smoke = 4)]
    public int Watched { get; init; } = 64;

    [Description("steps of a stage between diagnostics"), Category(Stages), Range(1, int.MaxValue)]
    public int WatchEvery { get; init; } = 100;

    [Description("stop a stage once this many steps in a row used a single code"), Category(Stages)]
    [Range(1, int.MaxValue)]
    public int CollapseWindow { get; init; } = 50;

    /// <summary>The stages of a variant in their order, from a folder's result on.</summary>
    /// <param name="variant">The variant.</param>
    /// <param name="from">The phase to start from.</param>
    /// <param name="taskCodes">Which decides the order.</param>
    /// <param name="first">The first stage; those before it are the start's.</param>
    internal IEnumerable<StagePhase> StagesOf(
        LatentVariant variant, string from, TaskCodes taskCodes, LatentStage first = LatentStage.Inverse)
    {
        IReadOnlyList<LatentStage> order = LatentProgress.Order(taskCodes, Config(variant));
        foreach (LatentStage stage in order.SkipWhile(each => each != first))
        {
            bool final = stage == order[^1];
            string name = $"{variant.Name} {(final ? "SFT" : stage)}";
            yield return new(name, from, StepsOf(stage), stage, variant, final);
            from = name;
        }
    }

    /// <summary>The indices of a step's sequences; after the last one the first follows again.</summary>
    /// <param name="step">From 1.</param>
    internal int[] Indices(int step) =>
        [.. Enumerable.Range(0, Rows).Select(i => (int)(((step - 1L) * Rows + i) % Sequences))];

    /// <summary>Sizes of the latent modules.</summary>
    internal LatentConfig Config(LatentVariant variant) => new()
    {
        Codes = variant.Codes,
        InverseLayers = InverseLayers,
        MergeBlocks = variant.MergeBlocks ?? MergeBlocks,
        PolicyLayers = variant.PolicyLayers ?? PolicyLayers,
        Policy = variant.Policy ?? Policy,
        World = variant.World,
        ReadOut = variant.ReadOut,
    };

    /// <summary>Throws where a variant's codes or policy do not fit the base, before anything is trained.</summary>
    /// <exception cref="UsageException">As a branch of more layers than the base has.</exception>
    internal void CheckFit(VlmCheckpoint start, IEnumerable<Phase> phases, long seed)
    {
        foreach (LatentConfig config in phases.OfType<StagePhase>().Select(phase => Config(phase.Variant)).Distinct())
            LatentCheckpoint.New(start, config, seed).Modules.Dispose();
    }

    /// <summary>Peak learning rate of a stage.</summary>
    internal double RateOf(LatentStage stage, LatentPreset preset) =>
        preset.Stages.GetValueOrDefault(stage)?.Rate ?? stage switch
        {
            LatentStage.Task => Rate / 3,
            LatentStage.Cloning => Rate * 2,
            _ => Rate,
        };

    /// <summary>Learning-rate schedule of a stage.</summary>
    internal Schedule ScheduleOf(LatentStage stage, LatentPreset preset, int steps) =>
        preset.Stages.GetValueOrDefault(stage)?.Over(steps) ?? Cosine(stage == LatentStage.Cloning ? Math.Min(steps, CloningRound) : steps);

    /// <summary>SFT over tokens: of the base at the stages' rate, of the task at the task stage's.</summary>
    internal UpdateOptions Supervised(TokenPhase phase, LatentPreset preset)
    {
        Schedule schedule = phase.Text ? Cosine(phase.Steps) : ScheduleOf(LatentStage.Task, preset, phase.Steps);
        return new()
        {
            Steps = phase.Steps,
            LearningRate = phase.Text ? Rate : RateOf(LatentStage.Task, preset),
            WarmupSteps = (int)schedule.Warmup,
            LrScheduler = schedule.Shape,
            MinLrRate = schedule.Final,
            AdamBeta2 = preset.Grpo.AdamBeta2,
        };
    }

    private Schedule Cosine(int steps) => new(ScheduleShape.Cosine, StageWarmup, steps, 0.1);

    private int StepsOf(LatentStage stage) => stage switch
    {
        LatentStage.Inverse => InverseSteps,
        LatentStage.Cycle => CycleSteps,
        LatentStage.Joint => JointSteps,
        LatentStage.Cloning => CloningSteps,
        _ => TaskSteps,
    };
}
