using System.Diagnostics;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models;
using Vlm.Rewards;
using Question = Vlm.Grpo.Question;

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
        Learner learner = Load(work.From, run.Say);
        using IVisionLanguageModel model = learner.Base.Model;
        GrpoOptions grpo = options.Of(phase.Method, learner.Policy is TokenPolicy, preset);
        bool ppo = phase.Method == RlMethod.Ppo;
        Learner? reference = grpo.KlWeight > 0 || (ppo && preset.Ppo.RewardKl > 0) ? Load(work.Start, _ => { }) : null;
        using IVisionLanguageModel? referenceModel = reference?.Base.Model;
        using var head = ppo ? new ValueHead(learner.Policy.FeatureWidth, model.Device) : null;
        ActorCritic? critic = head is null ? null : new ActorCritic(learner.Policy, head);
        IPolicy policy = critic is null ? learner.Policy : critic;
        FusedAdamW optimizer = critic is null ? OptimizerStep.Create(policy, grpo) : PpoStep.Optimizer(critic, grpo, preset.Ppo);
        if (work.IsResumed)
        {
            TrainingCheckpoint.Load(work.From, policy, optimizer);
            head?.Read(work.From);
        }
        foreach (PhaseStep step in work.Remaining())
        {
            Question[] questions = Questions(step);
            var clock = Stopwatch.StartNew();
            Rollout[] rollouts = policy.Sample([.. questions.Select(question => question.Prompt)], grpo.GroupSize,
                grpo.Sampling, new SampleKey(run.Seed, step.InPhase));
            double sampled = clock.Elapsed.TotalSeconds;
            // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
            TotalScore[] scores =
                [.. rollouts.Select(rollout => Verify.Reward(rollout.Text, questions[rollout.PromptIndex].Truth))];
            double scored = clock.Elapsed.TotalSeconds;
            double[] rewards = [.. scores.Select(score => score.Value)];
            AdvantageBatch advantages = GroupAdvantage.Compute(rewards, grpo.GroupSize, grpo.Advantage);
            float[][]? before = reference is null ? null : ReferencePolicy.Of(reference.Policy, rollouts, grpo);
            var update = critic is not null
                ? PpoStep.Update(critic, optimizer, rollouts, rewards, grpo, preset.Ppo, run.Seed, step.InPhase, before).Metrics()
                : GrpoStep.Update(policy, optimizer, rollouts, advantages.Values, grpo, step.InPhase, before).Metrics();

            run.Rollouts(step.InRun, rollouts, scores, advantages.Values);
            run.Log(step.InRun, StepMetrics.Of(rollouts, scores, advantages, update,
                new StepTimes(sampled, scored - sampled, clock.Elapsed.TotalSeconds - scored)));
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, grpo), policy, optimizer, Save));
        }

        void Save(string folder)
        {
            learner.Write(folder, optimizer);
            head?.Write(folder);
        }
    }

    /// <summary>Asks the result of a phase the held-out questions; the answer is kept beside its folder for a resumed run.</summary>
    /// <remarks>Beside it and not in it: what starts from there would bring it along.</remarks>
    /// <param name="name">The phase, or <see cref="PhaseRunner.Start"/>.</param>
    /// <param name="start">Whose sentence vectors measure diversity, the same model for every phase.</param>
    /// <param name="test">The questions.</param>
    internal MethodScore Score(string name, VlmCheckpoint start, IReadOnlyList<Question> test)
    {
        PhaseSpan span = runner[name];
        string beside = name == PhaseRunner.Start ? Path.Combine(run.Folder, name) : span.Folder;
        return MethodScore.Kept(beside + ".score.json", Ask);

        MethodScore Ask()
        {
            Learner learner = Load(span.Folder, _ => { });
            using IVisionLanguageModel model = learner.Base.Model;
            MethodScore score = MethodScore.Of(name, learner.Policy, test,
                options.Of(RlMethod.Grpo, learner.Policy is TokenPolicy, preset), run.Seed,
                texts => SentenceVectors.Of(start.Model, start.Processor.Tokenizer, texts), run.Token) with
            {
                RolloutSeconds = run.Median(Metric.RolloutSeconds, span.First, span.Last),
                UpdateSeconds = run.Median(Metric.UpdateSeconds, span.First, span.Last),
                FlatGroups = run.Mean(Metric.FlatGroups, span.First, span.Last),
            };
            run.Say(score.Greedy.Line(name));
            run.Say(score.Drawn.Line($"{name}, drawn"));
            return score;
        }
    }

    private Question[] Questions(PhaseStep step) => [.. Enumerable.Range(0, options.PromptsPerStep)
        .Select(i => shapes.Ask(Split.Train, run.Seed, ((step.InPhase - 1L) * options.PromptsPerStep) + i))];

    private Learner Load(string folder, Action<string> say) =>
        Learner.Load(folder, new ModelOptions(), run.Device, run.Seed, say, codes: preset.Policy);
}
