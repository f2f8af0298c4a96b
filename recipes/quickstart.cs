#!/usr/bin/env dotnet
// The main job in minutes: load a tiny vision-language model, score it, teach it by reinforcement alone, score it again.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm quickstart
//
// The model was made from nothing by ./vlm sft-shapes, at the end from two annotators who answer in different ways. GRPO
// never shows it an answer, only what its own answers earned. Before and after are measured on drawings that no training step
// shows, by the code of ./vlm score. docs/results.md has the numbers of three seeds.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<QuickstartOptions>(args, "quickstart", "from a small model to a better one, in minutes", run =>
{
    QuickstartOptions options = run.Options;
    ObjectiveState.Refuse(options);
    VlmCheckpoint vlm = VlmCheckpoint.Load(Start(), run.Device, logger: run.Logger);
    TokenPolicy policy = vlm.Policy();
    FusedAdamW optimizer = OptimizerStep.Create(policy, options);
    using ReferencePolicy? reference = options.Beta > 0 ? new(policy) : null;
    Prompt[] test = [.. Enumerable.Range(0, options.Test).Select(i => Ask(Split.Test, seed: 0, i))];

    var heldOut = new HeldOut(run, policy, test, options.Sampling, new EvaluationOptions());
    EvaluationReport? before = heldOut.Ask("before");
    run.Phase("GRPO", options.Steps);
    for (long step = 1; step <= options.Steps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        long first = (step - 1) * options.PromptsPerStep;
        Prompt[] prompts =
            [.. Enumerable.Range(0, options.PromptsPerStep).Select(i => Ask(Split.Train, run.Seed, first + i))];
        Rollout[] rollouts = policy.Sample(prompts, options.GroupSize, options.Sampling, new SampleKey(run.Seed, step));
        clock.Sampled();
        // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
        Batch batch = Batch.Of(rollouts, rollout => rollout.Prompt.Example.Score(rollout.Text));
        batch = GreedyBaseline.Ask(policy, RewardShaping.Apply(batch, options), options, new SampleKey(run.Seed, step),
            greedy => [.. greedy.Select(rollout => rollout.Prompt.Example.Score(rollout.Text))]);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(rollouts, options));
        batch = KlReward.Estimate(batch, options);
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, options, step);
        run.Record(step, batch, stats, clock);
    }
    if (run.Cancelled)
        return;

    EvaluationReport? after = heldOut.Ask("after");
    CompleteFolder.Write(Path.Combine(run.Folder, "model"), vlm.Write);
    run.Say($"the better model is in {Path.Combine(run.Folder, "model")}; ask it again with ./vlm score --model "
        + Path.Combine(run.Folder, "model"));
    run.Finish(new { before, after });

    // --smoke starts from a randomly initialised model.
    string Start() => options.Model is null && !run.Smoke ? Shipped() : StartModel.Folder(
        run, options.Model, Enumerable.Range(0, 200).Select(i => Drawing(Split.Train, run.Seed, i).Question));

    static string Shipped() => Machine.InProject("recipes/warm-start") is var folder && Directory.Exists(folder)
        ? folder
        : throw new UsageException("this checkout brings no trained model to start from", folder,
            "./vlm sft-shapes --out runs/warm; ./vlm quickstart --model runs/warm/model");

    Prompt Ask(Split split, long seed, long index) => vlm.Processor.Prompt(Drawing(split, seed, index));

    static Example Drawing(Split split, long seed, long index) =>
        Shapes.Example(seed, split, index, new ShapesOptions { Kinds = ShapesOptions.VqaAndGround });
}, RecipeKind.StartsAnew);

/// <summary>Options.</summary>
sealed record QuickstartOptions : GrpoOptions
{
    public QuickstartOptions()
    {
        (Steps, PromptsPerStep, GroupSize, MaxNewTokens) = (500, 32, 8, 20);
        (LearningRate, WarmupSteps, LrScheduler, MinLrRate) = (3e-4, 20, ScheduleShape.Linear, 0.1);
        (MicroBatchSize, AdamBeta2) = (64, 0.99);
        LossAggregation = Aggregation.SeqMeanTokenMean;         // boxes have fifteen tokens, words two
    }

    [Description("folder of the model to start from; by default recipes/warm-start, with --smoke a randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("test questions asked before and after"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 800;
}
