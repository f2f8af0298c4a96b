#!/usr/bin/env dotnet
// Reinforce any checkpoint by GRPO, Dr. GRPO or PPO: over its codes where it has latent actions, over its tokens otherwise.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-grpo --model runs/codes/model --method ppo
//   ./vlm latent-grpo --smoke
//
// Over codes the policy alone is trained, and a world model decodes each code to its token, section 4.2 of
// https://arxiv.org/abs/2601.07516. GRPO is of https://arxiv.org/abs/2402.03300, Dr. GRPO of https://arxiv.org/abs/2503.20783, PPO of
// https://arxiv.org/abs/1707.06347, with a linear critic on the policy's features. The loop is in recipes/latent/Reinforcement.cs.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<LatentGrpoOptions>(args, "latent-grpo", "reinforcement over codes or tokens", run =>
{
    LatentGrpoOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run, options.Reinforce.Credit);
    string from = ShapesPrompts.Start(options.Model, run);
    var phase = new ReinforcePhase(options.Method.ToString(), PhaseRunner.Start, options.Reinforce.Steps, options.Method);
    var runner = new PhaseRunner(run, from, [phase], options.Checkpoints);

    VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
    var shapes = new ShapesPrompts(start.Processor, options.Kinds);
    var reinforcement = new Reinforcement(run, runner, options.Reinforce, preset, shapes);
    Prompt[] test = shapes.Test(options.Test);
    MethodResult before = reinforcement.Score(PhaseRunner.Start, start, test);
    reinforcement.Run(phase);
    if (run.Cancelled)
        return;
    ShapesPrompts.WriteModel(run, runner[phase.Name].Folder);
    MethodResult after = reinforcement.Score(phase.Name, start, test);
    foreach (string line in MethodResult.Table([before, after], unit: ""))
        run.Say(line);
    run.Finish(new { before = before.Greedy, after = after.Greedy, rows = new[] { before, after } });
});

/// <summary>Options.</summary>
sealed record LatentGrpoOptions : IOptionRules
{
    [Description("folder of the model to start from, with latent actions or without; by default recipes/warm-start, with --smoke a "
        + "randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("JSON file with settings that seldom change, as recipes/latent-paper.json")]
    [Option(Example = "recipes/latent-paper.json")]
    public string? Preset { get; init; }

    [Description("reinforcement learning algorithm")]
    public RlMethod Method { get; init; } = RlMethod.Grpo;

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = ShapesPrompts.DefaultKinds;

    [Description("test questions asked before and after"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 1000;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public ReinforceOptions Reinforce { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        ShapesPrompts.Check(Kinds);
        _ = Reinforce.Of(Method, tokens: false, LatentPreset.Read(Preset));
        return [];
    }
}
