using System.Globalization;
using System.Text.Json;
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
/// <param name="questions">What is asked.</param>
/// <param name="curve">Held-out questions that are asked on the way; none by default.</param>
sealed class Reinforcement(Run run, PhaseRunner runner, ReinforceOptions options, LatentPreset preset, IQuestions questions,
    IReadOnlyList<Prompt>? curve = null)
{
    private const string CurveMetric = $"{Metric.Eval}/reward", TrainableMetric = $"{Metric.Latent}/trainable_parameters";
    private const int Together = 64;

    /// <summary>Reinforces the result of a phase.</summary>
    /// <param name="phase">The phase.</param>
    internal void Run(ReinforcePhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        using Learner learner = Learner.Load(work.Start, phase.Arm, preset, run, run.Logger, work.IsResumed ? work.From : null);
        IVisionLanguageModel model = learner.Base.Model;
        GrpoOptions grpo = options.Of(phase.Method, learner.Latent is null, preset);
        grpo = grpo with { Sampling = grpo.Sampling with { Temperature = Temperature(phase, learner, grpo, work) } };
        bool ppo = phase.Method == RlMethod.Ppo;
        using ReferencePolicy? reference = grpo.Beta > 0 || (ppo && preset.Ppo.KlCoef > 0)
            ? Reference(phase, work, learner) : null;
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
            run.Record(step.InRun, batch, stats, clock, more: () => OnTheWay(step, learner, grpo));
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, grpo), policy, optimizer, inner => Save(inner, step.IsLast)));
        }

        TaskEmbedding? Tasks() => preset.Ppo.CriticTaskEmbedding == 0 ? null : new(
            [.. questions.Kinds.Split(' ').Distinct().Order(StringComparer.Ordinal)], preset.Ppo.CriticTaskEmbedding, run.Seed, model.Device);

        void Save(string folder, bool isLast)
        {
            learner.Write(folder, optimizer, isLast);
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
            using Learner learner = Learner.Load(span.Folder, new Arm(), preset, run, null);
            MethodResult score = MethodResult.Of(name, learner.Policy, test,
                options.Of(RlMethod.Grpo, learner.Latent is null, preset), run.Seed,
                texts => SentenceVectors.Of(start.Model, start.Processor.Tokenizer, texts),
                answers => run.Answers(span.Last, name == PhaseRunner.Start ? "before" : name, [.. test.Select(prompt => prompt.Example).Zip(answers)]),
                run.Token) with
            {
                RolloutSeconds = run.Median(Metric.RolloutSeconds, span.First, span.Last),
                UpdateSeconds = run.Median(Metric.UpdateSeconds, span.First, span.Last),
                FracRewardZeroStd = run.Mean(Metric.FracRewardZeroStd, span.First, span.Last),
                CpuSeconds = run.Mean(Metric.CpuSeconds, span.First, span.Last) * span.Steps,
                TrainableParameters = run.Mean(TrainableMetric, span.First, span.Last),
                Curve = [.. run.Series(CurveMetric).Where(point => point.Step > span.First && point.Step <= span.Last)
                    .Select(point => new RewardPoint(point.Step - span.First, point.Value))],
            };
            run.Say(score.Greedy.Line(name));
            run.Say(score.Sampled.Line($"{name}, sampled"));
            return score;
        }
    }

    private Prompt[] Prompts(PhaseStep step) => [.. Enumerable.Range(0, options.PromptsPerStep)
        .Select(i => questions.Ask(Split.Train, run.Seed, ((step.InPhase - 1L) * options.PromptsPerStep) + i))];

    // The policy as the phase first started.
    private ReferencePolicy Reference(ReinforcePhase phase, PhaseWork work, Learner learner)
    {
        if (!work.IsResumed)
            return new ReferencePolicy(learner.Policy);
        using Learner first = Learner.Load(work.Start, phase.Arm, preset, run, null);
        return new ReferencePolicy(learner.Policy, first.Policy);
    }

    // How much learns, and at some steps the reward of greedy answers to held-out questions.
    private IEnumerable<KeyValuePair<string, double>> OnTheWay(PhaseStep step, Learner learner, GrpoOptions grpo)
    {
        yield return new(TrainableMetric, learner.Trainable);
        if (curve is { Count: > 0 } && (step.IsLast || RewardCurve.Steps.Contains(step.InPhase)))
            yield return new(CurveMetric, Evaluation.Report(Evaluation.Ask(
                learner.Policy, curve, grpo.Sampling with { Greedy = true }, Together, new SampleKey(run.Seed, 0), cancel: run.Token)).Reward);
    }

    // The arm's own, or the lowest at which no more groups than wished have equal rewards before the first step.
    private double Temperature(ReinforcePhase phase, Learner learner, GrpoOptions grpo, PhaseWork work)
    {
        if (phase.Arm.FlatShare is not { } wished)
            return phase.Arm.Temperature ?? grpo.Sampling.Temperature;
        string beside = runner[phase.Name].Folder + ".temperature.json";
        if (File.Exists(beside))
            return JsonSerializer.Deserialize<double>(File.ReadAllText(beside));
        using Learner first = Learner.Load(work.Start, phase.Arm, preset, run, null);
        double found = ExplorationMatch.Temperature(wished, t => Flat(first.Policy, grpo, t));
        CompleteFile.WriteText(beside, JsonSerializer.Serialize(found));
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{phase.Name}: temperature {found:0.00}, at which {wished:P0} of groups are flat"));
        return found;
    }

    private double Flat(IPolicy policy, GrpoOptions grpo, double temperature)
    {
        Prompt[] prompts = [.. Enumerable.Range(0, Together).Select(i => questions.Ask(Split.Validation, run.Seed, i))];
        Rollout[] rollouts = policy.Sample(prompts, grpo.GroupSize, grpo.Sampling with { Temperature = temperature }, new SampleKey(run.Seed, 0));
        return rollouts.Select(rollout => rollout.Prompt.Example.Score(rollout.Text).Value).Chunk(grpo.GroupSize)
            .Average(group => group.Max() - group.Min() < 1e-9 ? 1.0 : 0);
    }
}
