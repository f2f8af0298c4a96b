using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;

/// <summary>The loop of reinforcement, over the codes of a folder with latent actions or the tokens of any other.</summary>
/// <param name="run">The run.</param>
/// <param name="runner">Its phases.</param>
/// <param name="options">What experiments change.</param>
/// <param name="preset">The rest.</param>
/// <param name="shapes">Makes questions.</param>
sealed class Reinforcement(Run run, PhaseRunner runner, ReinforceOptions options, LatentPreset preset, ShapesPrompts shapes)
{
    /// <summary>Reinforces the result of a phase.</summary>
    /// <param name="phase">The phase.</param>
    internal void Run(ReinforcePhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        using TrainableModel learner = Load(work.From, run.Logger);
        IVisionLanguageModel model = learner.Base.Model;
        GrpoOptions grpo = options.Of(phase.Method, learner.Model.Codes is null, preset);
        bool ppo = phase.Method == RlMethod.Ppo;
        using ReferencePolicy? reference = grpo.Beta > 0 || (ppo && preset.Ppo.KlCoef > 0)
            ? learner.Reference(() => Load(work.Start, null), resumed: work.From != work.Start) : null;
        using var head = ppo ? new ValueHead(learner.Policy.FeatureWidth, model.Device, outputs: preset.Ppo.Outputs, tasks: Tasks()) : null;
        var scales = new RunningScales();
        ActorCritic? critic = head is null ? null : new ActorCritic(learner.Policy, head);
        IPolicy policy = critic is null ? learner.Policy : critic;
        FusedAdamW optimizer = critic is null ? OptimizerStep.Create(policy, grpo) : PpoUpdate.Optimizer(critic, grpo, preset.Ppo);
        if (work.IsResumed)
        {
            TrainingCheckpoint.Load(work.From, policy, optimizer);
            head?.Read(work.From);
            scales.Read(work.From);
        }
        foreach (PhaseStep step in work.Remaining())
        {
            using IDisposable features = model.KeepVisionFeatures();
            var clock = new StepClock();
            Rollout[] rollouts = policy.Sample(
                Prompts(step), grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, step.InPhase));
            clock.Sampled();
            // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
            Batch batch = Batch.Of(rollouts, rollout => rollout.Prompt.Example.Score(rollout.Text));
            batch = GreedyBaseline.Ask(policy, RewardShaping.Apply(batch, grpo), grpo, new SampleKey(run.Seed, step.InPhase),
                greedy => [.. greedy.Select(rollout => rollout.Prompt.Example.Score(rollout.Text))]);
            clock.Scored();
            if (reference is not null)
                batch = batch.WithReference(reference.LogProbs(rollouts, grpo));
            batch = KlReward.Estimate(batch, grpo);
            StepStats stats = critic is not null
                ? PpoUpdate.Apply(critic, optimizer, batch, grpo, preset.Ppo, run.Seed, step.InPhase, scales: scales)
                : GrpoUpdate.Apply(policy, optimizer, batch, grpo, step.InPhase, run.Seed);
            run.Record(step.InRun, batch, stats, clock);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, grpo), policy, optimizer, Save));
        }

        TaskEmbedding? Tasks() => preset.Ppo.CriticTaskEmbedding == 0 ? null : new(
            [.. shapes.Kinds.Split(' ').Distinct().Order(StringComparer.Ordinal)], preset.Ppo.CriticTaskEmbedding, run.Seed, model.Device);

        void Save(string folder)
        {
            learner.Write(folder, optimizer);
            head?.Write(folder);
            if (ppo && preset.Ppo.NeedsScales)
                scales.Write(folder);
        }
    }

    /// <summary>Asks the result of a phase the held-out questions; the answer is kept beside its folder for a resumed run.</summary>
    /// <remarks>Beside it and not in it: what starts from there would bring it along.</remarks>
    /// <param name="name">The phase, or <see cref="PhaseRunner.Start"/>.</param>
    /// <param name="start">Whose sentence vectors measure diversity, the same model for every phase.</param>
    /// <param name="test">The questions.</param>
    internal MethodResult Score(string name, VlmCheckpoint start, IReadOnlyList<Prompt> test)
    {
        PhaseSpan span = runner[name];
        string beside = name == PhaseRunner.Start ? Path.Combine(run.Folder, name) : span.Folder;
        return MethodResult.Kept(beside + ".score.json", Ask);

        MethodResult Ask()
        {
            using TrainableModel learner = Load(span.Folder, null);
            MethodResult score = MethodResult.Of(name, learner.Policy, test,
                options.Of(RlMethod.Grpo, learner.Model.Codes is null, preset), run.Seed,
                texts => SentenceVectors.Of(start.Model, start.Processor.Tokenizer, texts),
                answers => run.Answers(span.Last, name == PhaseRunner.Start ? "before" : name, [.. test.Select(prompt => prompt.Example).Zip(answers)]),
                run.Token) with
            {
                RolloutSeconds = run.Median(Metric.RolloutSeconds, span.First, span.Last),
                UpdateSeconds = run.Median(Metric.UpdateSeconds, span.First, span.Last),
                FracRewardZeroStd = run.Mean(Metric.FracRewardZeroStd, span.First, span.Last),
            };
            run.Say(score.Greedy.Line(name));
            run.Say(score.Sampled.Line($"{name}, sampled"));
            return score;
        }
    }

    private Prompt[] Prompts(PhaseStep step) => [.. Enumerable.Range(0, options.PromptsPerStep)
        .Select(i => shapes.Ask(Split.Train, run.Seed, ((step.InPhase - 1L) * options.PromptsPerStep) + i))];

    private TrainableModel Load(string folder, ILogger? logger) =>
        TrainableModel.Load(folder, new ModelOptions(), run.Device, run.Seed, logger, codes: preset.Policy);
}
