#!/usr/bin/env dotnet
// Pseudo-labels by inverse dynamics (VPT): a few labelled recordings label many, a policy is cloned from these, and then reinforced.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm pseudo-labels
//
// Baker et al. 2022, arXiv:2206.11795, on a drawn grid (datasets/GridWorld). A small inverse dynamics model learns from labelled
// recordings of an aimless walk to name the move between pictures. It labels recordings of somebody who knows the way, of which nobody
// wrote down the moves; the model is fine-tuned towards these labels (behaviour cloning), and then reinforced by GRPO with a penalty for
// leaving the clone (--beta). Differs from it: the penalty is a fixed weight of k3, and the clone sees one picture.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<PseudoLabelOptions>(args, "pseudo-labels", "label recordings by inverse dynamics, clone a policy, reinforce it (VPT)", run =>
{
    PseudoLabelOptions options = run.Options;
    ObjectiveState.Refuse(options);
    Phase[] phases = [new("clone", PhaseRunner.Start, options.CloneSteps), new("GRPO", "clone", options.Steps)];
    var runner = new PhaseRunner(run, Machine.InProject(options.Model), phases, options.Checkpoints);
    runner.RequireResults(["clone", "GRPO"]);
    PseudoLabels labels = PseudoLabels.Of(options, run.Seed, run.Device);
    run.Say(labels.Line);

    UpdateOptions cloning = options with { Steps = options.CloneSteps, LearningRate = options.CloneLearningRate, WarmupSteps = 0 };
    Train(phases[0], cloning, (vlm, policy, optimizer, update, step, _) =>
    {
        Example[] some = labels.Examples(step.InPhase, options.BatchSize);
        StepStats stats = SupervisedUpdate.Apply(policy, optimizer, [.. some.Select(example =>
            SupervisedUpdate.Target(vlm.Processor.Prompt(example), vlm.Processor.Completion(example.Answer)))], update, step.InPhase);
        run.Log(step.InRun, [.. stats.Metrics(), .. step.InPhase == 1 ? labels.Metrics : []]);
    });
    Train(phases[1], options, (vlm, policy, optimizer, _, step, prior) =>
    {
        var clock = new StepClock();
        Prompt[] prompts = [.. Enumerable.Range(0, options.PromptsPerStep).Select(i => vlm.Processor.Prompt(
            GridWorld.Example(run.Seed, Split.Train, ((step.InPhase - 1L) * options.PromptsPerStep) + i)))];
        var key = new SampleKey(run.Seed, step.InRun);
        Rollout[] rollouts = policy.Sample(prompts, options.GroupSize, options.Sampling, key);
        clock.Sampled();
        Batch batch = RewardShaping.Apply(Batch.Scored(rollouts), options);
        batch = GreedyBaseline.Ask(policy, batch, options, key, greedy => [.. Batch.Scored(greedy).Select(sample => sample.Score)]);
        clock.Scored();
        if (prior is not null)
            batch = batch.WithReference(prior.LogProbs(rollouts, options));
        batch = KlReward.Estimate(batch, options);
        run.Record(step.InRun, batch, GrpoUpdate.Apply(policy, optimizer, batch, options, step.InPhase, run.Seed), clock);
    });
    if (run.Cancelled)
        return;

    EvaluationReport? before = Score("before", runner[PhaseRunner.Start].Folder), cloned = Score("after cloning", runner["clone"].Folder),
        after = Score("after", runner["GRPO"].Folder);
    CompleteFolder.Write(Path.Combine(run.Folder, "model"), VlmCheckpoint.Load(runner["GRPO"].Folder, run.Device).Write);
    run.Finish(new { before, after_cloning = cloned, after, labels.Accuracy, labels.AccuracyPast, labels.LabelAccuracy });

    void Train(
        Phase phase, UpdateOptions update,
        Action<VlmCheckpoint, TokenPolicy, FusedAdamW, UpdateOptions, PhaseStep, ReferencePolicy?> make)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        VlmCheckpoint vlm = VlmCheckpoint.Load(work.From, run.Device, logger: run.Logger);
        using IVisionLanguageModel model = vlm.Model;
        TokenPolicy policy = vlm.Policy();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, update);
        if (work.IsResumed)
            TrainingCheckpoint.Load(work.From, policy, optimizer);
        using ReferencePolicy? prior = update is GrpoOptions { Beta: > 0 } && phase.Name == "GRPO" ? Prior(policy, work.Start) : null;
        foreach (PhaseStep step in work.Remaining())
        {
            make(vlm, policy, optimizer, update, step, prior);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, options), policy, optimizer, vlm.Write));
        }
    }

    // The clone, as the phase first started from it.
    ReferencePolicy Prior(TokenPolicy policy, string folder)
    {
        VlmCheckpoint clone = VlmCheckpoint.Load(folder, run.Device);
        using IVisionLanguageModel model = clone.Model;
        return new(policy, clone.Policy());
    }

    EvaluationReport? Score(string name, string folder)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(folder, run.Device);
        using IVisionLanguageModel model = vlm.Model;
        Prompt[] prompts = [.. Enumerable.Range(0, options.Test).Select(i => vlm.Processor.Prompt(GridWorld.Example(0, Split.Test, i)))];
        return new HeldOut(run, vlm.Policy(), prompts, options.Sampling, new EvaluationOptions()).Ask(name);
    }
});

/// <summary>Options.</summary>
sealed record PseudoLabelOptions : GrpoOptions
{
    private const string Labels = "Pseudo-labels";

    public PseudoLabelOptions()
    {
        // A small clone derails at temperature 1 too often to learn from it.
        (Steps, PromptsPerStep, GroupSize, Beta) = (100, 32, 8, 0.02);
        (Sampling, LossAggregation) = (new() { MaxNewTokens = 8, Temperature = 0.7 }, Aggregation.SeqMeanTokenMean);
        (LearningRate, LrScheduler, MinLrRate, AdamBeta2) = (1e-4, ScheduleShape.Linear, 0.1, 0.99);
    }

    [Description("folder of the model to start from"), Option(Example = "recipes/warm-start")]
    public string Model { get; init; } = "recipes/warm-start";

    [Category(Labels), Description("labelled recordings that the inverse dynamics model learns from")]
    [Range(1, int.MaxValue), Option(Smoke = 8)]
    public int LabelledRecordings { get; init; } = 100;

    [Category(Labels), Description("recordings without labels, which it labels"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int UnlabelledRecordings { get; init; } = 200;

    [Category(Labels), Description("moves of a recording"), Range(3, int.MaxValue)]
    public int RecordingLength { get; init; } = 20;

    [Category(Labels), Description("k: pictures before and after a move that are seen"), Range(1, 8)]
    public int Around { get; init; } = 1;

    [Category(Labels), Description("steps of the inverse dynamics model"), Range(1, int.MaxValue), Option(Smoke = 20)]
    public int LabelSteps { get; init; } = 600;

    [Category(Labels), Description("labels less sure than this are left out"), Range(0d, 1d), Option(Smoke = 0d)]
    public double MinProbability { get; init; } = 0.5;

    [Category(Labels), Description("supervised steps towards the labels (behaviour cloning)"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CloneSteps { get; init; } = 150;

    [Category(Labels), Description("peak learning rate of cloning"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double CloneLearningRate { get; init; } = 3e-4;

    [Description("examples of a step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int BatchSize { get; init; } = 32;

    [Description("test questions asked before and after"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 400;

    public CheckpointOptions Checkpoints { get; init; } = new();
}
