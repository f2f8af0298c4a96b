#!/usr/bin/env dotnet
// Policy internalisation (TriMPI): a model learns rules by heart, so that it answers by them without reading them.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm trimpi
//
// Wang et al. 2025, arXiv:2510.09474, on generated drawings with a rule book (datasets/Rules). Three phases, each from the one before:
// next-token loss over the whole sequence of rules, drawing, question, thoughts and answer, without its visual tokens (VM-CPT);
// thoughts and answers without the rules (CoT-SFT; half of them with, --in-context-share 0 as published); GRPO in which half of each
// group sees the rules and is learned without them (PolicyRollout), with a penalty for leaving the model that CoT-SFT left. Held-out
// questions never show the rules, but for the score in_context. --privileged false is GRPO without PolicyRollout.
// Your own policy text with your own data: ./vlm grpo --privileged-context policy.md.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;

return RecipeCommand.Run<TriMpiOptions>(args, "trimpi", "learn rules by heart, and answer by them without reading them (TriMPI)", run =>
{
    TriMpiOptions options = run.Options;
    ObjectiveState.Refuse(options);
    var book = RuleBook.New(options.Book, options.RuleCount);
    run.Say(book.Text);
    string start = Machine.InProject(options.Model);
    Phase[] phases =
    [
        new("VM-CPT", PhaseRunner.Start, options.CptSteps), new("CoT-SFT", "VM-CPT", options.SftSteps), new("GRPO", "CoT-SFT", options.Steps),
    ];
    var runner = new PhaseRunner(run, start, phases, options.Checkpoints);
    runner.RequireResults(["GRPO"]);
    Train(phases[0], Learned(options.CptSteps), (vlm, policy, optimizer, update, step, _) => Logged(step, WholeSequenceUpdate.Apply(
        vlm.Model, policy, optimizer, [.. Examples(step).Select(example => WholeSequenceUpdate.Sequence(
            vlm.Processor.Prompt(PrivilegedContext.On(example, book.Text)), vlm.Processor.Completion(example.Answer)))], update, step.InPhase)));
    Train(phases[1], Learned(options.SftSteps), (vlm, policy, optimizer, update, step, _) => Logged(step, SupervisedUpdate.Apply(
        policy, optimizer, [.. Examples(step).Select((example, i) => SupervisedUpdate.Target(
            vlm.Processor.Prompt(i < options.InContextShare * options.BatchSize ? PrivilegedContext.On(example, book.Text) : example),
            vlm.Processor.Completion(example.Answer)))], update, step.InPhase)));
    Train(phases[2], options, Reinforce);
    if (run.Cancelled)
        return;

    var result = new Dictionary<string, object?> { ["rules"] = book.Text };
    foreach ((string name, string phase, bool shown) in ((string, string, bool)[])
        [
            ("in_context", PhaseRunner.Start, true), ("before", PhaseRunner.Start, false), ("after_cpt", "VM-CPT", false),
            ("after_sft", "CoT-SFT", false), ("after", "GRPO", false),
        ])
        result[name] = Score(name, runner[phase].Folder, shown);
    CompleteFolder.Write(Path.Combine(run.Folder, "model"), VlmCheckpoint.Load(runner["GRPO"].Folder, run.Device).Write);
    run.Finish(result);

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
        using ReferencePolicy? reference = phase == phases[2] && options.Beta > 0 ? BeforeGrpo(policy, work.Start) : null;
        foreach (PhaseStep step in work.Remaining())
        {
            make(vlm, policy, optimizer, update, step, reference);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, options), policy, optimizer, vlm.Write));
        }
    }

    // The model as reinforcement found it.
    ReferencePolicy BeforeGrpo(TokenPolicy policy, string folder)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(folder, run.Device);
        using IVisionLanguageModel model = vlm.Model;
        return new(policy, vlm.Policy());
    }

    void Reinforce(VlmCheckpoint vlm, TokenPolicy policy, FusedAdamW optimizer, UpdateOptions _, PhaseStep step, ReferencePolicy? reference)
    {
        var clock = new StepClock();
        Prompt[] plain = [.. Examples(step, options.PromptsPerStep).Select(example => vlm.Processor.Prompt(example))];
        Rollout[] rollouts = policy.Sample(plain, options.GroupSize, options.Sampling, new SampleKey(run.Seed, step.InRun));
        if (options.Privileged)
            rollouts = [.. rollouts, .. PrivilegedContext.Sample(policy, plain,
                [.. plain.Select(prompt => vlm.Processor.Prompt(PrivilegedContext.On(prompt.Example, book.Text)))],
                options, new SampleKey(run.Seed, step.InRun, plain.Length))];
        clock.Sampled();
        Batch batch = RewardShaping.Apply(Batch.Scored(rollouts), options);
        batch = GreedyBaseline.Ask(policy, batch, options, new SampleKey(run.Seed, step.InRun),
            greedy => [.. Batch.Scored(greedy).Select(sample => sample.Score)]);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(rollouts, options));
        batch = KlReward.Estimate(batch, options);
        run.Record(step.InRun, batch, GrpoUpdate.Apply(policy, optimizer, batch, options, step.InPhase, run.Seed), clock);
    }

    void Logged(PhaseStep step, StepStats stats) => run.Log(step.InRun, stats.Metrics());

    EvaluationReport? Score(string name, string folder, bool shown)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(folder, run.Device);
        using IVisionLanguageModel model = vlm.Model;
        Example[] asked = [.. Enumerable.Range(0, options.Test).Select(i => RuleDrawings.Example(book, 0, Split.Test, i))];
        Prompt[] prompts = [.. asked.Select(example => vlm.Processor.Prompt(shown ? PrivilegedContext.On(example, book.Text) : example))];
        return new HeldOut(run, vlm.Policy(), prompts, options.Sampling, new EvaluationOptions()).Ask(name.Replace('_', ' '));
    }

    IEnumerable<Example> Examples(PhaseStep step, int? count = null)
    {
        int each = count ?? options.BatchSize;
        return Enumerable.Range(0, each).Select(i => RuleDrawings.Example(book, run.Seed, Split.Train, ((step.InRun - 1) * each) + i));
    }

    UpdateOptions Learned(int steps) => options with { Steps = steps, WarmupSteps = 0, LearningRate = options.SftLearningRate };
});

/// <summary>Options.</summary>
sealed record TriMpiOptions : GrpoOptions
{
    private const string Internalisation = "Policy internalisation";

    public TriMpiOptions()
    {
        (Steps, PromptsPerStep, GroupSize, Sampling) = (100, 16, 4, new() { MaxNewTokens = 32, Temperature = 0.7 });
        // Cut answers are long, and would outweigh right ones. Without a penalty what the rules' half teaches away unlearns the rest.
        (LossAggregation, Beta) = (Aggregation.SeqMeanTokenMean, 0.04);
        (LearningRate, LrScheduler, MinLrRate, AdamBeta2, MicroBatchSize) = (1e-4, ScheduleShape.Linear, 0.1, 0.99, 32);
    }

    [Description("folder of the model to start from"), Option(Example = "recipes/warm-start")]
    public string Model { get; init; } = "recipes/warm-start";

    [Category(Internalisation), Description("number of the rule book: another one, other rules")]
    public long Book { get; init; } = 1;

    [Category(Internalisation), Description("rules of the book"), Range(1, 4)]
    public int RuleCount { get; init; } = 3;

    [Category(Internalisation), Description("steps of pre-training on whole sequences, rules included (VM-CPT)")]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CptSteps { get; init; } = 100;

    [Category(Internalisation), Description("supervised steps on thoughts and answers without the rules (CoT-SFT)")]
    [Range(1, int.MaxValue), Option(Smoke = 1)]
    public int SftSteps { get; init; } = 150;

    [Category(Internalisation), Description("share of the supervised examples that show the rules; 0 as published: what large models keep, a small "
        + "one forgets, and its rollouts that see the rules are then worth nothing"), Range(0d, 1d)]
    public double InContextShare { get; init; } = 0.5;

    [Category(Internalisation), Description("peak learning rate of both"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double SftLearningRate { get; init; } = 3e-4;

    [Category(Internalisation), Description("as many rollouts again see the rules, and are learned without them (PolicyRollout)")]
    public bool Privileged { get; init; } = true;

    [Description("examples of a step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int BatchSize { get; init; } = 32;

    [Description("test questions asked before and after"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 400;

    public CheckpointOptions Checkpoints { get; init; } = new();
}
