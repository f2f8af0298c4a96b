#!/usr/bin/env dotnet
// Your model, your data: supervised fine-tuning towards the reference answers.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm sft --model models/qwen2.5-vl-3b --data train.jsonl --lora-rank 16 --epochs 2
//   ./vlm sft --model recipes/warm-start --data shapes --steps 100
//
// Cross-entropy of the answer's tokens alone, end-of-sequence included; what the prompt says is not learned. Questions that begin
// alike are not joined: each example is read for itself. What files are read: docs/data.md. Gradient accumulation is --batch-size
// over --micro-batch-size: the latter sets memory alone.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<SftRunOptions>(args, "sft", "supervised fine-tuning of your model on your data", run =>
{
    SftRunOptions options = run.Options;
    using TrainableModel learner = Load(run.LatestCheckpoint?.Path);
    if (learner.Model.Codes is not null)
        throw new UsageException("answers are told in tokens, and this folder acts by codes", $"--model {options.Train.Model}",
            "./vlm latent-learn, which learns codes from answers; or the base of the codes");
    run.Say(learner.Trainable);
    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, learner.Model, options.Seen);
    var data = TrainingData.Open(run, learner.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: example => Math.Max(options.MaxNewTokens, Completion(example.Answer).Length));
    UpdateOptions update = options with { Steps = options.Train.Steps(run, options.Steps, options.BatchSize, data.Train.Epoch) };
    IPolicy policy = learner.Policy;
    FusedAdamW optimizer = learner.Optimizer(update);
    if (run.LatestCheckpoint is { } saved)
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);
    var heldOut = new HeldOut(run, policy, data.HeldOut, new Sampling { MaxNewTokens = options.MaxNewTokens }, options.Evaluation, scorer.HeldOut);
    if (options.Train.DryRun)
    {
        DryRun.Of(run, data, new RunWork(update.Steps, options.BatchSize, update.MicroBatchSize,
            options.Evaluation.Count(update.Steps), prompts => Step(prompts, 1), null, heldOut.Ask, options.Evaluation.EvalBatchSize));
        return;
    }

    EvaluationReport? before = heldOut.Before();
    run.Phase("supervised", update.Steps);
    long step = run.FirstStep - 1;
    while (step < update.Steps && !run.Cancelled && !heldOut.Stops)
    {
        step++;
        var clock = new StepClock();
        StepStats stats = Step(data.Prompts(step, options.BatchSize), step);
        run.Record(step, stats, clock, heldOut);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, inner => learner.Write(inner, optimizer)), heldOut);
    }
    if (!run.Cancelled)
        TrainingEnd.Of(run, heldOut, before, step, learner, optimizer, update, Load);

    TrainableModel Load(string? checkpoint) =>
        TrainableModel.Load(options.Train.Folder, options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    int[] Completion(string answer) => learner.Base.Processor.Completion(answer);

    StepStats Step(Prompt[] prompts, long number)
    {
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        Rollout[] targets = [.. prompts.Select(prompt => SupervisedUpdate.Target(prompt, Completion(prompt.Example.Answer)))];
        return SupervisedUpdate.Apply(policy, optimizer, targets, update, number, options.LengthPower);
    }
});

/// <summary>Options.</summary>
sealed record SftRunOptions : UpdateOptions
{
    public SftRunOptions() => (LearningRate, MicroBatchSize, LrScheduler) = (1e-5, 8, ScheduleShape.Linear);

    public TrainOptions Train { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    [Description("examples of a step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int BatchSize { get; init; } = 32;

    [Description("p: a token of an answer of n tokens weighs n^-p, so that long answers do not drown short ones")]
    [Range(0d, 1d)]
    public double LengthPower { get; init; }

    [Description("most tokens in a completion"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int MaxNewTokens { get; init; } = 64;

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();
}
