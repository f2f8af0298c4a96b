#!/usr/bin/env dotnet
// Your model, your data, your rewards: group-relative policy optimisation, over tokens or over latent actions.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm grpo --model models/qwen2.5-vl-3b --data train.parquet --eval test.parquet --lora-rank 16
//   ./vlm grpo --model recipes/warm-start --data shapes --steps 100
//
// GRPO as in Shao et al. 2024, arXiv:2402.03300, each completion's mean counting the same, with two changes of Yu et al. 2025,
// arXiv:2503.14476: a clip range that is wider above, and no divergence term unless --beta asks for one. A folder with latent
// actions acts by codes: their policy learns, and the base stays as it is. What files are read: docs/data.md; what is paid:
// docs/rewards.md. Gradient accumulation is --prompts-per-step over --micro-batch-size: the latter sets memory alone.

using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<GrpoRunOptions>(args, "grpo", "reinforcement of your model on your data", run =>
{
    GrpoRunOptions options = run.Options;
    using TrainableModel learner = Load(run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, learner.Model, options.Seen);
    var data = TrainingData.Open(run, learner.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: _ => options.MaxNewTokens);
    GrpoOptions grpo = options with { Steps = options.Train.Steps(run, options.Steps, options.PromptsPerStep, data.Train.Epoch) };
    IPolicy policy = learner.Policy;
    FusedAdamW optimizer = learner.Optimizer(grpo);
    if (run.LatestCheckpoint is { } saved)
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);
    // The model, adapter and codes that the run first started from.
    using ReferencePolicy? reference = grpo.Beta > 0
        ? learner.Reference(() => Load(null), resumed: run.LatestCheckpoint is not null) : null;
    if (run.LatestCheckpoint is { } begun)
        reference?.Read(begun.Path);
    var objective = ObjectiveState.Load(run.LatestCheckpoint?.Path, grpo);
    Curriculum curriculum = data.Curriculum(options.Curriculum, run.Seed);
    CurriculumState known = run.LatestCheckpoint is { } left ? curriculum.Read(left.Path) : curriculum.Start;
    RewardWeightState weights = run.LatestCheckpoint is { } paid
        ? RewardWeightState.Read(paid.Path, options.RewardWeights) : RewardWeightState.Start;
    options.Groups.Require(grpo, codes: learner.Model.Codes is not null);
    var groups = new StepGroups(policy, data, scorer, learner.Base.Processor.Completion, options.Groups, grpo, run.Seed);
    var heldOut = new HeldOut(run, policy, data.HeldOut, grpo.Sampling, options.Evaluation, scorer.HeldOut);
    using var alignment = ModalityAlignment.Of(learner, options.Alignment, run.Device, run.LatestCheckpoint?.Path);
    if (options.Train.DryRun)
    {
        DryRun.Of(run, data, new RunWork(grpo.Steps, grpo.PromptsPerStep, Math.Max(1, grpo.MicroBatchSize / grpo.GroupSize),
            options.Evaluation.Count(grpo.Steps), prompts => Step(prompts, 1),
            prompts => policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, 1)), heldOut.Ask, options.Evaluation.EvalBatchSize));
        return;
    }

    EvaluationReport? before = heldOut.Before();
    run.Phase("GRPO", grpo.Steps);
    long step = run.FirstStep - 1;
    while (step < grpo.Steps && !run.Cancelled && !heldOut.Stops)
    {
        step++;
        CurriculumDraw drawn = curriculum.Next(known, step, grpo.PromptsPerStep);
        Prompt[] prompts = data.Prompts(drawn);
        (Batch batch, StepStats stats, StepClock clock) = Step(prompts, step);
        (known, StepStats learned) = curriculum.Told(drawn, prompts, batch);
        run.Record(step, batch, stats + learned, clock, heldOut);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, Save), heldOut);
    }
    if (!run.Cancelled)
        TrainingEnd.Of(run, heldOut, before, step, learner, optimizer, grpo, Load);

    void Save(string folder)
    {
        learner.Write(folder, optimizer);
        curriculum.Write(folder, known);
        alignment?.Write(folder);
        weights.Write(folder, options.RewardWeights);
        objective.Write(folder, grpo);
        if (grpo.Regularizer.ReferenceSyncSteps > 0)
            reference?.Write(folder);
    }

    TrainableModel Load(string? checkpoint) =>
        TrainableModel.Load(options.Train.Folder, options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    (Batch, StepStats, StepClock) Step(Prompt[] prompts, long number)
    {
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        var sampled = DynamicSampling.Begin(Scored(prompts, 0), grpo);
        while (sampled.IsShort)
            sampled = sampled.With(Scored(data.Prompts(sampled.NextPage(number), grpo.PromptsPerStep), sampled.NextPrompt));
        if (sampled.Missed(number) is { } line)
            run.Say(line);
        Batch batch = GreedyBaseline.Ask(policy, sampled.Batch, grpo, new SampleKey(run.Seed, number), scorer.Score, run.Token);
        clock.Scored();
        double factor = DynamicRewards.Factor(weights);
        (batch, weights, StepStats weighed) = DynamicRewards.Pay(weights, batch, options.RewardWeights,
            grpo.LearningRate * grpo.Schedule.Multiplier(number),
            rewards => RewardGradients.Products(policy, optimizer, batch, rewards, grpo, options.RewardWeights.RewardGradientLayers));
        GrpoOptions now = objective.Of(grpo);
        (Batch learned, StepStats compared) = groups.Compared(batch, now, Referenced, options.Curriculum.PromptWeight, factor);
        (learned, StepStats corrected) = ImportanceCorrection.Apply(policy, learned, now);
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, learned, now, number, run.Seed, alignment, reference);
        objective = objective.After(stats, learned.Count, grpo);
        reference?.RefreshIfDue(number, grpo.Regularizer);
        // Without labels, which nobody sampled.
        return (new Batch(learned.Take(batch.Count)), sampled.Stats + weighed + compared + corrected + stats, clock);

        Batch Scored(Prompt[] asked, int first)
        {
            Rollout[] rollouts = groups.Sample(asked, number, first);
            clock.Sampled();
            return RewardShaping.Apply(scorer.Scored(rollouts), grpo);
        }

        Batch Referenced(Batch all) => reference is null || now.KlEstimator == KlEstimator.Full ? all
            : all.WithReference(reference.LogProbs(all.Rollouts, now));
    }
});

/// <summary>Options.</summary>
sealed record GrpoRunOptions : GrpoOptions
{
    public GrpoRunOptions() => MaxNewTokens = 128;

    public TrainOptions Train { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    public CurriculumOptions Curriculum { get; init; } = new();

    public GroupOptions Groups { get; init; } = new();

    public RewardWeightOptions RewardWeights { get; init; } = new();

    public AlignmentOptions Alignment { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();
}
