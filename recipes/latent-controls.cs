#!/usr/bin/env dotnet
// Controls of latent actions: what codes, new layers, frozen vision, temperature and cloning each cost, arm by arm from one base.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-controls --out runs/controls-1 --seed 1
//   ./vlm latent-controls --arms token latent t-fresh
//   ./vlm compare runs/controls-1 runs/controls-2 --unit token
//
// Every arm starts from the same base and is reinforced on the same questions with the same random numbers; the arms of recipes/latent/
// Arms.cs differ in one thing each. "docs/latent-actions.md" says what each tells, and the rules by which a result is read.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<LatentControlsOptions>(args, "latent-controls", "what codes cost and what they do not, arm by arm", run =>
{
    LatentControlsOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run, options.Reinforce.Credit);
    string from = ShapesPrompts.Start(options.Model, run);
    VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
    var arms = new Arms(options.Learn, options.Reinforce, preset, start.Model.VocabSize);
    Phase[] phases = [.. arms.Phases(options.Arms)];
    options.Learn.CheckFit(start, phases, run.Seed);
    var runner = new PhaseRunner(run, from, phases, options.Checkpoints);
    string[] compared = [.. phases.Where(phase => phase is not (TokenPhase { Text: true } or StagePhase { IsFinal: false })).Select(phase => phase.Name)];
    runner.RequireResults(compared);

    var shapes = new ShapesPrompts(start.Processor, options.Kinds);
    using var data = new PairedAndTextData(start, options.Learn, preset, shapes, run.Seed);
    Prompt[] test = shapes.Test(options.Test);
    var training = new StageTraining(run, runner, options.Learn, preset, data);
    var reinforcement = new Reinforcement(run, runner, options.Reinforce, preset, shapes, [.. test.Take(options.Reinforce.CurveQuestions)]);
    var diagnosis = new Diagnosis(run, runner, options.Reinforce, preset, shapes, data, options.Counterfactuals);

    List<MethodResult> rows = [];
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
    foreach (string line in MethodResult.Table(rows, unit: "token").Concat(MethodResult.Controls(rows)))
        run.Say(line);
    object[] diagnoses = options.Diagnose ? [.. phases.Where(phase => phase is StagePhase { IsFinal: true } or ReinforcePhase or TokenPhase { Text: false })
        .Select(phase => (object)diagnosis.Of(phase))] : [];
    run.Finish(new { rows, diagnoses });
});

/// <summary>Options.</summary>
sealed record LatentControlsOptions : IOptionRules
{
    [Description("folder of the model to start from; by default recipes/warm-start, with --smoke a randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("JSON file with settings that seldom change, as recipes/latent-paper.json")]
    [Option(Example = "recipes/latent-paper.json")]
    public string? Preset { get; init; }

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = ShapesPrompts.DefaultKinds;

    [Description("arms, in this order: token, t-frozen, t-released, t-lora, t-cool, t-fresh, t-branch, latent, l-branch, l-effect, changed, "
        + "l-open, l-open-vision, l-warm, l-hot, l-matched, l-exact, l-random")]
    public string[] Arms { get; init; } =
        ["token", "t-frozen", "t-released", "t-lora", "t-cool", "t-fresh", "t-branch", "latent", "changed", "l-open", "l-hot", "l-exact", "l-random"];

    [Description("test questions"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 2000;

    [Description("measure, after the last arm, what each policy over codes keeps of one over tokens, reward against exploration, and what states know")]
    public bool Diagnose { get; init; } = true;

    [Description("questions in whose answers each choice is replaced by others, which tells the choices that matter; 0 asks none, 16 take minutes")]
    [Range(0, int.MaxValue), Option(Smoke = 1)]
    public int Counterfactuals { get; init; } = 16;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public LearnOptions Learn { get; init; } = new();

    public ReinforceOptions Reinforce { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        ShapesPrompts.Check(Kinds);
        LatentPreset preset = LatentPreset.Read(Preset);
        _ = new Arms(Learn, Reinforce, preset, vocabulary: 2).Phases(Arms);
        _ = Reinforce.Of(RlMethod.Grpo, tokens: false, preset);
        return [];
    }
}
