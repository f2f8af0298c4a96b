#!/usr/bin/env dotnet
// The comparison of latent actions with tokens: every method and ablation from one model, measured alike, in one table.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-ablations --out runs/latent
//   ./vlm latent-ablations --smoke
//
// The method of https://arxiv.org/abs/2601.07516 over a small base: the stages of latent-learn, then GRPO, Dr. GRPO and PPO over
// codes. Beside it the same base learns the same task over tokens, and each ablation changes one part of the method. What
// departs from the released code is said in docs/latent-actions.md; recipes/latent-paper.json has that code's settings. Every phase
// starts from the checkpoint of an earlier one; --resume continues after the last, or in its middle. The loops are in
// recipes/latent: StageTraining.cs and Reinforcement.cs.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

return RecipeCommand.Run<LatentAblationsOptions>(args, "latent-ablations", "latent actions against tokens, and their ablations", run =>
{
    LatentAblationsOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run, options.Reinforce.Credit);
    Phase[] phases = [.. options.Phases(preset)];
    string from = ShapesPrompts.Start(options.Model, run);
    var runner = new PhaseRunner(run, from, phases, options.Checkpoints);
    string[] compared = [.. phases.Where(phase => phase is not StagePhase { IsFinal: false }).Select(phase => phase.Name)];
    runner.RequireResults(compared);

    VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
    options.Learn.CheckFit(start, phases, run.Seed);
    var shapes = new ShapesPrompts(start.Processor, options.Kinds);
    using var data = new PairedAndTextData(start, options.Learn, preset, shapes, run.Seed);
    var training = new StageTraining(run, runner, options.Learn, preset, data);
    var reinforcement = new Reinforcement(run, runner, options.Reinforce, preset, shapes);
    Prompt[] test = shapes.Test(options.Test);

    List<MethodResult> rows = [reinforcement.Score(PhaseRunner.Start, start, test)];
    foreach (Phase phase in phases)
    {
        if (phase is TokenPhase tokens)
            training.Run(tokens);
        else if (phase is StagePhase stage)
            training.Run(stage);
        else if (phase is ReinforcePhase reinforce)
            reinforcement.Run(reinforce);
        if (run.Cancelled)
            return;
        if (compared.Contains(phase.Name))
            rows.Add(reinforcement.Score(phase.Name, start, test));
    }
    foreach (string line in MethodResult.Table(rows, unit: "token GRPO"))
        run.Say(line);
    run.Finish(new { rows });
});

/// <summary>Options.</summary>
sealed record LatentAblationsOptions : IOptionRules
{
    [Description("folder of the model to start from; by default recipes/warm-start, with --smoke a "
        + "randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("JSON file with settings that seldom change, as recipes/latent-paper.json")]
    [Option(Example = "recipes/latent-paper.json")]
    public string? Preset { get; init; }

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = ShapesPrompts.DefaultKinds;

    [Description("ablations of the whole method: no-cycle, no-projector, no-text, codes-N, delta, last-block; none for none")]
    public string[] Ablations { get; init; } = ["codes-16", "codes-128", "no-cycle", "no-projector", "no-text"];

    [Description("test questions"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 1000;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public LearnOptions Learn { get; init; } = new();

    public ReinforceOptions Reinforce { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        ShapesPrompts.Check(Kinds);
        LatentPreset preset = LatentPreset.Read(Preset);
        _ = Phases(preset).Count();
        _ = Reinforce.Of(RlMethod.Grpo, tokens: false, preset);
        return [];
    }

    /// <summary>Base and task over tokens, the whole method with every algorithm, and each ablation with GRPO.</summary>
    internal IEnumerable<Phase> Phases(LatentPreset preset)
    {
        var whole = new LatentVariant("latent", Learn.Codes, preset.Objective, preset.ReadOut);
        return
        [
            new TokenPhase("base", PhaseRunner.Start, Learn.BaseSteps, Text: true),
            new TokenPhase("base SFT", "base", Learn.TaskSteps, Text: false),
            new ReinforcePhase("token GRPO", "base SFT", Reinforce.Steps, RlMethod.Grpo) { Arm = new() { Trains = preset.TokenParameters } },
            .. PhasesOf(whole, whole, preset),
            .. Ablations.Where(word => word != "none").SelectMany(word => PhasesOf(Ablation(whole, word), whole, preset)),
        ];
    }

    // An ablation that differs only after the projectors' first steps starts from the whole method's.
    private IEnumerable<Phase> PhasesOf(LatentVariant variant, LatentVariant whole, LatentPreset preset)
    {
        bool alone = variant == whole || variant.Codes != whole.Codes || variant.ReadOut != whole.ReadOut;
        StagePhase[] stages = [.. alone ? Learn.StagesOf(variant, "base", preset.TaskCodes)
            : Learn.StagesOf(variant, $"{whole.Name} {LatentStage.Cycle}", preset.TaskCodes, LatentStage.Joint)];
        (RlMethod, string)[] methods = [(RlMethod.Grpo, "GRPO"), (RlMethod.DrGrpo, "Dr.GRPO"), (RlMethod.Ppo, "PPO")];
        return
        [
            .. stages,
            .. methods.Take(variant == whole ? 3 : 1).Select(method =>
                new ReinforcePhase($"{variant.Name} {method.Item2}", stages[^1].Name, Reinforce.Steps, method.Item1)),
        ];
    }

    private static LatentVariant Ablation(LatentVariant whole, string word) => word switch
    {
        "no-cycle" => whole with { Name = word, Objective = whole.Objective with { Cycle = 0 } },
        "no-projector" => whole with { Name = word, Objective = whole.Objective with { ProjectText = false } },
        "no-text" => whole with { Name = word, Text = false },
        "delta" => whole with { Name = word, ReadOut = ReadOut.Delta },
        "last-block" => whole with { Name = word, ReadOut = ReadOut.LastBlock },
        _ when word.StartsWith("codes-", StringComparison.Ordinal) && int.TryParse(word["codes-".Length..], out int codes) && codes > 1 =>
            whole with { Name = word, Codes = codes },
        _ => throw new UsageException($"there is no ablation '{word}'", $"--ablations {word}",
            "--ablations no-cycle no-projector no-text codes-16 delta last-block, or none"),
    };
}
