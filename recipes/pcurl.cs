#!/usr/bin/env dotnet
// Progressive curriculum (VL-Cogito): GRPO on easy, then medium, then hard questions, the last with a reward for a fitting length.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm pcurl --model models/qwen2.5-vl-7b --data train.parquet --eval test.parquet --lora-rank 16
//   ./vlm pcurl --model recipes/warm-start --data shapes --steps 100
//
// Yuan et al. 2025, arXiv:2507.22607. Three stages, each a run of GRPO of --steps steps with an optimizer of its own, from the weights
// of the stage before. What is easy, medium and hard is seen online: a prompt's advantages are weighed by how often its rollouts were
// right (docs/options.md#curricula). In the last stage wrong answers lose for being shorter or longer than right ones (docs/rewards.md).
// Differs from it: form is paid where --reward or --prior-prompt says so, and not by itself.

using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<PCurlOptions>(args, "pcurl", "GRPO from easy questions to hard ones in three stages (VL-Cogito)", run =>
{
    PCurlOptions options = run.Options;
    ObjectiveState.Refuse(options);
    RunRewards rewards = options.Rewards.Read();
    using TrainableModel start = Load(null);
    run.Say(start.Trainable);
    using RunScorer scorer = RunScorer.Open(run, rewards, null, options.Seen);
    var data = TrainingData.Open(run, start.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: _ => options.MaxNewTokens);
    GrpoOptions grpo = options with { Steps = options.Train.Steps(run, options.Steps, options.PromptsPerStep, data.Train.Epoch) };
    StagePhase[] phases = [.. ProgressiveStage.VlCogito.Select((stage, i) => new StagePhase(
        stage, i == 0 ? PhaseRunner.Start : ProgressiveStage.VlCogito[i - 1].Name, grpo.Steps))];
    var runner = new PhaseRunner(run, options.Train.Folder, phases, options.Checkpoints);
    runner.RequireResults([phases[^1].Name]);
    // Each stage is measured at its end.
    var heldOut = new HeldOut(run, start.Policy, data.HeldOut, grpo.Sampling,
        options.Evaluation with { EvalSteps = grpo.Steps, LoadBestModelAtEnd = false }, scorer.HeldOut);
    if (options.Train.DryRun)
    {
        run.Say($"what follows is the first of {phases.Length} stages, which take the same");
        using FusedAdamW thrown = start.Optimizer(grpo);
        using ReferencePolicy? copy = grpo.Beta > 0 ? new(start.Policy) : null;
        DryRun.Of(run, data, new RunWork(grpo.Steps, grpo.PromptsPerStep, Math.Max(1, grpo.MicroBatchSize / grpo.GroupSize),
            options.Evaluation.Count(grpo.Steps), prompts => Step(phases[0].Stage, start, thrown, copy, prompts, new(1, 1, false)),
            prompts => start.Policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, 1)), heldOut.Ask,
            options.Evaluation.EvalBatchSize));
        return;
    }

    EvaluationReport? before = heldOut.Before();
    start.Dispose();        // each stage loads its own
    foreach (StagePhase phase in phases)
        Train(phase);
    if (run.Cancelled)
        return;
    using TrainableModel learned = Load(runner[phases[^1].Name].Folder);
    using FusedAdamW weights = learned.Optimizer(grpo);
    TrainingEnd.Of(run, heldOut, before, runner[phases[^1].Name].Last, learned, weights, grpo, Load);

    TrainableModel Load(string? checkpoint) =>
        TrainableModel.Load(options.Train.Folder, options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    // The folder of a stage, where it is a checkpoint: the first one starts from the model.
    string? Saved(string folder) => folder == options.Train.Folder ? null : folder;

    void Train(StagePhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        using TrainableModel learner = Load(Saved(work.From));
        using FusedAdamW optimizer = learner.Optimizer(grpo);
        if (work.IsResumed)
            TrainingCheckpoint.Load(work.From, learner.Policy, optimizer);
        using ReferencePolicy? reference = grpo.Beta > 0 ? learner.Reference(() => Load(Saved(work.Start)), work.IsResumed) : null;
        HeldOut measured = heldOut.Of(learner.Policy);
        foreach (PhaseStep step in work.Remaining())
        {
            Prompt[] prompts = [.. data.Prompts(step.InRun, grpo.PromptsPerStep).Select(phase.Stage.On)];
            (Batch batch, StepStats stats, StepClock clock) = Step(phase.Stage, learner, optimizer, reference, prompts, step);
            run.Record(step.InRun, batch, stats, clock, measured);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(folder, TrainingState.At(step.InRun, run.Seed, options),
                learner.Policy, optimizer, inner => learner.Write(inner, optimizer)));
        }
    }

    (Batch, StepStats, StepClock) Step(
        ProgressiveStage stage, TrainableModel learner, FusedAdamW optimizer, ReferencePolicy? reference, Prompt[] prompts, PhaseStep step)
    {
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        var key = new SampleKey(run.Seed, step.InRun);
        Rollout[] rollouts = learner.Policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, key);
        clock.Sampled();
        Batch batch = RewardShaping.Apply(scorer.Scored(rollouts), grpo);
        batch = GreedyBaseline.Ask(learner.Policy, batch, grpo, key, scorer.Score, run.Token);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, grpo));
        (batch, StepStats weighed) = stage.Weigh(KlReward.Estimate(batch, grpo));
        return (batch, weighed + GrpoUpdate.Apply(learner.Policy, optimizer, batch, grpo, step.InPhase, run.Seed), clock);
    }
});

/// <summary>A stage as a phase of the run.</summary>
/// <param name="Stage">What it weighs and pays.</param>
/// <param name="Before">The phase it starts from.</param>
/// <param name="Length">Its steps.</param>
sealed record StagePhase(ProgressiveStage Stage, string Before, int Length) : Phase(Stage.Name, Before, Length);

/// <summary>Options.</summary>
/// <remarks>
/// Group size, clip and penalty as VL-Cogito's released scripts have them; their 512 prompts a step, rate of 1e-6 and 4,096 new tokens suit
/// 7B parameters that reason.
/// </remarks>
sealed record PCurlOptions : GrpoOptions, IOptionRules
{
    public PCurlOptions() => (GroupSize, EpsilonHigh, Beta, MaxNewTokens) = (16, 0.2, 1e-3, 128);

    public TrainOptions Train { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<UsageException> Conflicts() => Evaluation.EvalSteps == 0 ? [] :
        [OptionException.Breaks(nameof(EvaluationOptions.EvalSteps), Evaluation.EvalSteps, "must be 0: each stage is measured at its end", 0)];
}
