#!/usr/bin/env dotnet
// Grounding on screens (GUI-G1): GRPO on the box of a button, answered at once, with small targets and sums over tokens.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm gui-ground
//
// Zhou et al. 2025, arXiv:2505.15810, on generated screens (datasets/Screens). The template asks for a box and for no thoughts. Before
// training, questions that 8 rollouts answer all right or all wrong are dropped; what is left is met once. The reward is hit + 1/4 IoU +
// 1/8 edges (gui_g1); advantages are not divided by the deviation, a completion's loss is a sum over its tokens, and prompts with small
// targets weigh more (small-target). Differs from it: screens are drawn, and boxes are in pixels of the screen, not in JSON.
// For your own screens: ./vlm grpo --reward gui_g1 --scale-rewards none --loss-aggregation gui-g1 --prompt-weight small-target.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<GuiGroundOptions>(args, "gui-ground", "learn to press buttons on generated screens (GUI-G1)", run =>
{
    GuiGroundOptions options = run.Options;
    ObjectiveState.Refuse(options);
    VlmCheckpoint vlm = VlmCheckpoint.Load(Machine.InProject(options.Model), run.Device, logger: run.Logger);
    TokenPolicy policy = vlm.Policy();
    FusedAdamW optimizer = OptimizerStep.Create(policy, options);
    using ReferencePolicy? reference = options.Beta > 0 ? new(policy) : null;
    var heldOut = new HeldOut(run, policy, [.. Enumerable.Range(0, options.Test).Select(i => Ask(Split.Test, seed: 0, i))],
        options.Sampling, new EvaluationOptions());
    EvaluationReport? before = heldOut.Ask("before");

    Prompt[] prompts = [.. Enumerable.Range(0, options.Candidates).Select(i => Ask(Split.Train, run.Seed, i))
        .Chunk(options.PromptsPerStep).TakeWhile(_ => !run.Cancelled).SelectMany(Mixed)];
    run.Say($"{prompts.Length} of {options.Candidates} questions are answered right by some of {options.GroupSize} rollouts and wrong by others");
    if (prompts.Length < options.PromptsPerStep && !run.Cancelled)
        throw new UsageException($"{prompts.Length} questions are too few for a step of {options.PromptsPerStep}",
            $"--candidates {options.Candidates}", "--candidates with a larger number, or a model that is right now and then");
    GrpoOptions grpo = options with { Steps = Math.Min(options.Steps, prompts.Length / options.PromptsPerStep) };
    run.Phase("GRPO", grpo.Steps);
    for (int step = 1; step <= grpo.Steps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        var key = new SampleKey(run.Seed, step);
        Rollout[] rollouts = policy.Sample(
            prompts[((step - 1) * grpo.PromptsPerStep)..(step * grpo.PromptsPerStep)], grpo.GroupSize, grpo.Sampling, key);
        clock.Sampled();
        Batch batch = RewardShaping.Apply(Batch.Scored(rollouts), grpo);
        batch = GreedyBaseline.Ask(policy, batch, grpo, key, greedy => [.. Batch.Scored(greedy).Select(sample => sample.Score)]);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(rollouts, grpo));
        (batch, StepStats weighed) = PromptWeight.Apply(KlReward.Estimate(batch, grpo), options.PromptWeight);
        run.Record(step, batch, weighed + GrpoUpdate.Apply(policy, optimizer, batch, grpo, step, run.Seed), clock);
    }
    if (run.Cancelled)
        return;

    EvaluationReport? after = heldOut.Ask("after");
    if (before is not null && after is not null)
        foreach (string line in after.LinesAfter(before))
            run.Say(line);
    CompleteFolder.Write(Path.Combine(run.Folder, "model"), vlm.Write);
    run.Finish(new { before, after, candidates = options.Candidates, kept = prompts.Length, steps = grpo.Steps });

    // Those whose rollouts do not agree on being right.
    Prompt[] Mixed(Prompt[] part, int number)
    {
        var batch = Batch.Scored(policy.Sample(part, options.GroupSize, options.Sampling, new SampleKey(run.Seed, 0, number * options.PromptsPerStep)));
        return [.. part.Zip(GroupSuccess.Of(batch)).Where(pair => pair.Second is > 0 and < 1).Select(pair => pair.First)];
    }

    Prompt Ask(Split split, long seed, long index) => vlm.Processor.Prompt(Screens.Example(seed, split, index));
}, RecipeKind.StartsAnew);

/// <summary>Options.</summary>
/// <remarks>Group size, temperature and penalty are the paper's; its rate of 1e-6 suits 3B parameters.</remarks>
sealed record GuiGroundOptions : GrpoOptions
{
    public GuiGroundOptions()
    {
        (Steps, PromptsPerStep, GroupSize, Sampling) = (150, 32, 8, new() { MaxNewTokens = 20, Temperature = 0.9 });
        (LearningRate, WarmupSteps, LrScheduler, MinLrRate, AdamBeta2) = (3e-4, 10, ScheduleShape.Linear, 0.1, 0.99);
        (ScaleRewards, LossAggregation) = (AdvantageScale.None, Aggregation.GuiG1);
    }

    [Description("folder of the model to start from"), Option(Example = "recipes/warm-start")]
    public string Model { get; init; } = "recipes/warm-start";

    [Description("questions that rollouts are tried on, of which those stay that are answered right now and then")]
    [Range(1, int.MaxValue), Option(Smoke = 64)]
    public int Candidates { get; init; } = 8000;

    [Description("what a prompt of a step counts: none, odsw-easy, odsw-medium, odsw-hard, small-target ...")]
    public string PromptWeight { get; init; } = "small-target";

    [Description("test questions asked before and after"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 800;

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules() =>
    [
        .. base.Rules(),
        new(nameof(PromptWeight), Vlm.Grpo.PromptWeight.Table.Contains(PromptWeight),
            $"must be one of {string.Join(", ", Vlm.Grpo.PromptWeight.Table.Names)}", "small-target"),
    ];
}
