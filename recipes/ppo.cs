#!/usr/bin/env dotnet
// Your model, your data, your rewards: proximal policy optimisation with a critic, over tokens or over latent actions.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm ppo --model models/qwen2.5-vl-3b --data train.parquet --eval test.parquet --lora-rank 16
//   ./vlm ppo --model recipes/warm-start --data shapes --steps 100
//
// PPO as in Schulman et al. 2017, arXiv:1707.06347, on completions as in Ouyang et al. 2022, arXiv:2203.02155: the score comes with
// the last action, the divergence from the reference with each. The critic is a linear layer on the policy's states, which starts
// at zero. One completion a prompt is enough (--group-size). A folder with latent actions acts by codes: their policy learns, and
// the base stays as it is. What files are read: docs/data.md; what is paid: docs/rewards.md.

using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Text;

return RecipeCommand.Run<PpoRunOptions>(args, "ppo", "reinforcement of your model on your data, with a critic", run =>
{
    PpoRunOptions options = run.Options;
    using TrainableModel learner = Load(run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, learner.Model, options.Seen);
    var data = TrainingData.Open(run, learner.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: _ => options.MaxNewTokens);
    GrpoOptions grpo = options with { Steps = options.Train.Steps(run, options.Steps, options.PromptsPerStep, data.Train.Epoch) };
    using var head = new ValueHead(learner.Policy.FeatureWidth, run.Device, outputs: options.Ppo.Outputs, tasks:
        options.Ppo.CriticTaskEmbedding > 0 ? new(data.Kinds, options.Ppo.CriticTaskEmbedding, run.Seed, run.Device) : null);
    var scales = new RunningScales();
    var policy = new ActorCritic(learner.Policy, head);
    FusedAdamW optimizer = learner.Optimizer(grpo, policy, options.Ppo);
    if (run.LatestCheckpoint is { } saved)
    {
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);
        head.Read(saved.Path);
        scales.Read(saved.Path);
    }
    // The model, adapter and codes that the run first started from.
    using ReferencePolicy? reference = grpo.Beta > 0 || options.Ppo.KlCoef > 0
        ? learner.Reference(() => Load(null), resumed: run.LatestCheckpoint is not null) : null;
    Curriculum curriculum = data.Curriculum(options.Curriculum, run.Seed);
    CurriculumState known = run.LatestCheckpoint is { } left ? curriculum.Read(left.Path) : curriculum.Start;
    PlasticityMonitor monitor = run.LatestCheckpoint is { } watched
        ? PlasticityMonitor.Read(watched.Path, options.Watched) : PlasticityMonitor.Start;
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
    run.Phase("PPO", grpo.Steps);
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
        head.Write(folder);
        if (options.Ppo.NeedsScales)
            scales.Write(folder);
        curriculum.Write(folder, known);
        alignment?.Write(folder);
        monitor.Write(folder, options.Watched);
    }

    TrainableModel Load(string? checkpoint) =>
        TrainableModel.Load(options.Train.Folder, options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    (Batch, StepStats, StepClock) Step(Prompt[] prompts, long number)
    {
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        Rollout[] rollouts = policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, number));
        clock.Sampled();
        Batch batch = scorer.Scored(rollouts).WithSegments(rollout => TokenEnds.Of(learner.Model.Processor.Tokenizer, rollout.Tokens));
        batch = RewardShaping.Apply(batch, grpo);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, grpo));
        (monitor, PpoOptions ppo, StepStats active) = PlasticityProbe.Measure(
            learner.Policy, batch.Rollouts, monitor, grpo, options.Ppo, options.Watched);
        return (batch, active + PpoUpdate.Apply(policy, optimizer, batch, grpo, ppo, run.Seed, number, scales, alignment), clock);
    }
});

/// <summary>Options.</summary>
sealed record PpoRunOptions : GrpoOptions, IOptionRules
{
    public PpoRunOptions() => MaxNewTokens = 128;

    public PpoOptions Ppo { get; init; } = new();

    public PresetOptions Published { get; init; } = new();

    public TrainOptions Train { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();

    public CurriculumOptions Curriculum { get; init; } = new();

    public PlasticityOptions Watched { get; init; } = new();

    public AlignmentOptions Alignment { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public ModelOptions Weights { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    // A critic takes the place of the group.
    protected override bool ComparesGroups => false;

    public IEnumerable<UsageException> Conflicts() => PpoUpdate.Conflicts(this).Concat(ObjectiveState.Conflicts(this))
        .Concat(Curriculum.ConflictWithPpo() is { } weighed ? [weighed] : Array.Empty<UsageException>());
}
