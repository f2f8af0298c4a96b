#!/usr/bin/env dotnet
// Teach a small vision-language model to answer and to point better, by reinforcement alone: GRPO on generated drawings.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm grpo-shapes --model recipes/warm-start --out runs/grpo-shapes
//   ./vlm grpo-shapes --smoke
//
// GRPO as in Shao et al. 2024, arXiv:2402.03300, each completion's mean counting the same, with two departures of Yu et al. 2025,
// arXiv:2503.14476: a clip range that is wider above, and no divergence term unless --beta asks for one. Each step asks
// questions nobody saw before, about scenes that no validation or test question shows. A folder with latent actions acts by
// codes: their policy learns, over whatever base, and the base stays as it is. Results: docs/results.md.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<GrpoShapesOptions>(args, "grpo-shapes", "reinforcement on generated drawings", run =>
{
    GrpoShapesOptions options = run.Options;
    var learner = TrainableModel.Load(Start(), options.Weights, run.Device, run.Seed, run.Logger, run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    IPolicy policy = learner.Policy;
    FusedAdamW optimizer = learner.Optimizer(options);
    if (run.LatestCheckpoint is { } saved)
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);
    // The model, adapter and codes that the run first started from.
    using ReferencePolicy? reference = options.Beta > 0 ? learner.Reference(
        () => TrainableModel.Load(Start(), options.Weights, run.Device, run.Seed, run.Logger), resumed: run.LatestCheckpoint is not null) : null;

    Prompt[] test =
        [.. Enumerable.Range(0, options.Test).Select(i => Ask(Split.Test, seed: 0, i, ShapesOptions.VqaAndGround))];
    EvaluationReport before = Before();
    run.Phase("GRPO", options.Steps);
    for (long step = run.FirstStep; step <= options.Steps && !run.Cancelled; step++)
    {
        Prompt[] prompts = [.. Enumerable.Range(0, options.PromptsPerStep)
            .Select(i => Ask(Split.Train, run.Seed, ((step - 1) * options.PromptsPerStep) + i, options.Kinds))];
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        Rollout[] rollouts = policy.Sample(prompts, options.GroupSize, options.Sampling, new SampleKey(run.Seed, step));
        clock.Sampled();
        // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
        Batch batch = Batch.Of(rollouts, rollout => rollout.Prompt.Example.Score(rollout.Text));
        clock.Scored();
        batch = GroupAdvantage.Estimate(batch, options.Advantage);
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, options));
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, options, step);
        run.Record(step, batch, stats, clock);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, inner => learner.Write(inner, optimizer)));
    }
    if (run.Cancelled)
        return;

    learner.Finish(run.Folder, optimizer);
    EvaluationReport after = Score("after");
    run.Finish(new { before, after });

    // --smoke starts from a randomly initialised model.
    string Start() => StartModel.Folder(run, options.Model, Enumerable.Range(0, 200)
        .Select(i => Drawing(Split.Train, run.Seed, i, ShapesOptions.VqaAndGround).Question));

    Prompt Ask(Split split, long seed, long index, IReadOnlyList<string> kinds) =>
        learner.Base.Processor.Prompt(Drawing(split, seed, index, kinds));

    static Example Drawing(Split split, long seed, long index, IReadOnlyList<string> kinds) =>
        Shapes.Example(seed, split, index, new ShapesOptions { Kinds = kinds });

    // A resumed run keeps the score of the weights it first started from.
    EvaluationReport Before()
    {
        string file = Path.Combine(run.Folder, "before.json");
        if (run.LatestCheckpoint is null)
            File.WriteAllText(file, System.Text.Json.JsonSerializer.Serialize(Score("before")));
        return System.Text.Json.JsonSerializer.Deserialize<EvaluationReport>(File.ReadAllText(file))!;
    }

    EvaluationReport Score(string when)
    {
        EvaluationReport report = Evaluation.Report([.. Evaluation.Ask(
            policy, test, options.Sampling with { Greedy = true }, batch: 64, default, run.Token)]);
        run.Say(report.Line(when));
        return report;
    }
});

/// <summary>Options.</summary>
sealed record GrpoShapesOptions : GrpoOptions
{
    public GrpoShapesOptions()
    {
        (Steps, PromptsPerStep, GroupSize, MaxNewTokens) = (600, 32, 8, 20);
        (LearningRate, WarmupSteps, LrScheduler, MinLrRate) = (3e-4, 20, ScheduleShape.Linear, 0.1);
        (MicroBatchSize, AdamBeta2) = (64, 0.99);
        LossAggregation = Aggregation.SeqMeanTokenMean;         // boxes have fifteen tokens, words two
    }

    [Description("folder of the model to start from; by default recipes/warm-start, with --smoke a randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    /// <summary>Precision, frozen parts, adapters.</summary>
    public ModelOptions Weights { get; init; } = new();

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = [.. ShapesOptions.VqaAndGround];

    [Description("test questions asked before and after"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 800;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();
}
