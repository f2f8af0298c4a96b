#!/usr/bin/env dotnet
// Learn latent actions on generated drawings: a codebook, a world model and a policy over codes, from paired and text-only data.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-learn --out runs/codes
//   ./vlm latent-grpo --model runs/codes/model
//
// The stages of https://arxiv.org/abs/2601.07516, section 4, after SFT of the base on both kinds of data (ours: the shipped model
// does not know text-only questions): an inverse dynamics model infers from the next token which of K codes was taken, a world
// model decodes state and code to the next token, cross-modal projectors map text-only states to the paired view and back, the
// base learns the task given the codes, and the policy is cloned from the inverse dynamics model. It departs from the released
// code where docs/results.md says so, and trains on answers alone. The loops are in recipes/latent/StageTraining.cs.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<LatentLearnOptions>(args, "latent-learn", "latent actions from paired and text-only data", run =>
{
    LatentLearnOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run);
    var sft = new TokenPhase("base", PhaseRunner.Start, options.Learn.BaseSteps, Text: true);
    var variant = new LatentVariant("latent", options.Learn.Codes, preset.Objective, preset.ReadOut);
    StagePhase[] stages = [.. options.Learn.StagesOf(variant, sft.Name, preset.TaskCodes)];
    string from = ShapesPrompts.Start(options.Model, run), last = stages[^1].Name;
    var runner = new PhaseRunner(run, from, [sft, .. stages], options.Checkpoints);
    runner.RequireResults([sft.Name, last]);

    VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
    options.Learn.CheckFit(start, stages, run.Seed);
    var shapes = new ShapesPrompts(start.Processor, options.Kinds);
    using var data = new PairedAndTextData(start, options.Learn, preset, shapes, run.Seed);
    var training = new StageTraining(run, runner, options.Learn, preset, data);
    training.Run(sft);
    foreach (StagePhase stage in stages)
        training.Run(stage);
    if (run.Cancelled)
        return;

    ShapesPrompts.WriteModel(run, runner[last].Folder);
    var reinforcement = new Reinforcement(run, runner, new ReinforceOptions(), preset, shapes);
    EvaluationReport[] scores = [.. new[] { sft.Name, last }.Select(name =>
        reinforcement.Score(name, start, shapes.Test(options.Test)).Greedy)];
    run.Finish(new { before = scores[0], after = scores[1] });
});

/// <summary>Options.</summary>
sealed record LatentLearnOptions : IOptionRules
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

    [Description("test questions"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 1000;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public LearnOptions Learn { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        ShapesPrompts.Check(Kinds);
        _ = LatentPreset.Read(Preset);
        return [];
    }
}
