#!/usr/bin/env dotnet
// Learn latent actions on generated drawings, stage by stage, reinforce over codes in place of tokens, and compare.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-shapes --out runs/latent
//   ./vlm latent-shapes --smoke
//
// The method of https://arxiv.org/abs/2601.07516 over a small base: an inverse dynamics model tells from the future which of K
// codes was acted, a world model turns state and code into the next token, projectors bring text alone to where its pair would
// be and back, the base learns the task under these codes, a policy learns to foretell them, and GRPO or PPO moves the policy
// over codes. Beside it the same base learns the same task over tokens, and each part of the method is left out once. It
// departs from the released code where that is kinder to the maths (LatentConfig, LatentObjective say where), and learns from
// answers alone, since this base never learned to ask. Every phase starts from the checkpoint of an earlier one; --resume goes
// on after the last.

using Microsoft.Extensions.Logging;
using Recipes.Cli;
using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Adapters;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Rewards;

return RecipeCommand.Run<LatentShapesOptions>(args, "latent-shapes", "latent actions on generated drawings", run =>
{
    LatentShapesOptions options = run.Options;
    long done = run.LatestCheckpoint?.Step ?? 0;
    var phases = options.Phases(run.Folder, Start());
    Guards.CheckKept(options, phases, done);
    VlmCheckpoint start = VlmCheckpoint.Load(Start(), run.Device, logger: run.Logger);
    using var halves = new Halves(start, options, run.Seed);
    Prompt[] test = [.. Enumerable.Range(0, options.Test).Select(i => halves.Ask(Split.Test, 0, i))];

    List<MethodScore> rows = [Ask("start")];
    foreach (Plan plan in options.Plans)
    {
        Do(plan);
        if (run.Cancelled)
            return;
        if (plan.Measured)
            rows.Add(Measure(plan));
    }
    foreach (string line in MethodScore.Table(rows, "token GRPO"))
        run.Say(line);
    run.Finish(new { rows });

    void Do(Plan plan)
    {
        Phase phase = phases[plan.Name];
        if (done >= phase.Last || run.Cancelled)
            return;
        run.Phase(plan.Name, phase.Last);
        string from = done > phase.First ? run.LatestCheckpoint!.Path : phases[plan.From].Folder;
        if (plan.Method is { } method)
            Reinforce(phase, from, phases[plan.From].Folder, method);
        else if (plan.Stage is { } stage)
            Learn(phase, from, stage, plan.Variant!);
        else
            Imitate(phase, from, plan.Name == "base");
    }

    void Learn(Phase phase, string from, LatentStage stage, Variant variant)
    {
        LatentProgress.CheckBefore(stage, options.Released.TaskCodes, from);
        halves.Read(phases["base"].Folder, run.Folder, run.Device);
        LatentCheckpoint latent = LatentCheckpoint.IsAt(from) ? LatentCheckpoint.Load(from, run.Device, logger: run.Logger)
            : LatentCheckpoint.New(VlmCheckpoint.Load(from, run.Device, logger: run.Logger), options.Config(variant), run.Seed, options.Released.Spread);
        using IVisionLanguageModel model = latent.Base.Model;
        using LatentModules modules = latent.Modules;
        var learning = Opened(stage, model, modules);
        var optimizer = new FusedAdamW(learning.Select(item => item.Value), options.RateOf(stage));
        var schedule = options.ScheduleOf(stage, phase.Steps);
        if (done > phase.First)
            TrainingCheckpoint.Load(from, learning, optimizer);
        var window = new CodeWindow(options.CollapseWindow);
        for (long step = Math.Max(done, phase.First) + 1; step <= phase.Last && !run.Cancelled; step++)
        {
            using var scope = torch.NewDisposeScope();
            optimizer.ParamGroups.Single().LearningRate = options.RateOf(stage) * schedule.Multiplier(step - phase.First);
            (torch.Tensor loss, LatentParts parts) = Loss(stage, variant, latent, step, step - phase.First - 1);
            optimizer.zero_grad();
            loss.backward();
            optimizer.Collect();
            double norm = optimizer.Clip(options.MaxGradNorm);
            if (!double.IsFinite(norm))
                throw new NonFiniteException($"the gradient of stage {stage}", step, []);
            optimizer.step();
            long[]? times = parts.CodeTimes?.cpu().data<long>().ToArray();
            window = times is null ? window : window.Add(times);
            run.Log(step, [(Metric.Loss, loss.item<float>()), (Metric.GradNorm, norm),
                .. times is null ? [] : new[] { ($"{Metric.Latent}/used_codes", (double)times.Count(each => each > 0)) },
                .. parts.Named().Select(part => ($"{Metric.Latent}/{part.Name}", (double)part.Value.item<float>())),
                .. step == phase.Last || (step - phase.First) % options.WatchEvery == 0
                    ? Watch(stage, variant, latent, step) : []]);
            if (window.Collapsed)
                throw Guards.Collapsed($"the last {window.Steps} steps", Look(stage, variant, latent, step),
                    $"{variant.Name}, stage {stage}, step {step}", options);
            if (step == phase.Last || run.Cancelled || (step - phase.First) % options.SaveEvery == 0)
                run.SaveCheckpoint(step, folder => TrainingCheckpoint.Fill(
                    folder, TrainingState.At(step, run.Seed, options), learning, optimizer,
                    (step == phase.Last ? latent with { Stages = [.. latent.Stages, stage] } : latent).Write));
        }
    }

    // The task moves the base's language model; every other stage leaves the base as it is.
    IReadOnlyList<(string Name, Parameter Value)> Opened(LatentStage stage, IVisionLanguageModel model, LatentModules modules)
    {
        var learning = LatentStages.Open(stage, modules, model);
        if (stage != LatentStage.Task)
            return learning;
        options.Released.OpenTask(model);
        return [.. model.Parameters.Where(item => item.Value.requires_grad)];
    }

    (torch.Tensor, LatentParts) Loss(LatentStage stage, Variant variant, LatentCheckpoint latent, long step, long turn)
    {
        (IVisionLanguageModel model, LatentModules modules) = (latent.Base.Model, latent.Modules);
        int[] some = options.Turn(turn);
        if (stage == LatentStage.Task)
            return Task(model, modules, some);

        bool moved = latent.Stages.Contains(LatentStage.Task);
        LatentViews views = stage.OfPairs(variant.Objective);
        LatentRows paired = moved ? halves.PairsNow(model, some, views) : halves.Pairs(some, views);
        LatentRows? text = !variant.Text || stage is LatentStage.Inverse or LatentStage.Cycle ? null
            : moved ? halves.TextsNow(model, some) : halves.Texts(some);
        var noise = new RandomStream(run.Seed, "gumbel", step);
        return stage switch
        {
            LatentStage.Inverse => LatentStages.Inverse(modules, model, paired, variant.Objective, noise),
            LatentStage.Cycle => LatentStages.Cycle(modules, paired, variant.Objective),
            LatentStage.Joint => LatentStages.Joint(modules, model, paired, text, variant.Objective, noise),
            _ => LatentStages.Cloning(modules, paired, text, variant.Objective),
        };
    }

    (torch.Tensor, LatentParts) Task(IVisionLanguageModel model, LatentModules modules, int[] some)
    {
        (Prompt[] rows, torch.Tensor labels) = halves.Live(Split.Train, some);
        Prefilled live = model.Prefill(rows, new KvCache(model.Layers));
        return LatentStages.Task(modules, model, new LatentView(live.Hidden, live.Rope), labels.to(model.Device), live.Lengths,
            options.Released.TaskCodes);
    }

    (string Name, double Value)[] Watch(LatentStage stage, Variant variant, LatentCheckpoint latent, long step)
    {
        LatentReport report = Look(stage, variant, latent, step);
        if (stage is LatentStage.Inverse or LatentStage.Joint && report.Usage.Used < 2)
            throw Guards.Collapsed("unseen pairs", report, $"{variant.Name}, stage {stage}, step {step}", options);
        return [.. report.Named().Select(item => ($"{Metric.Latent}/{stage}_{item.Name}".ToLowerInvariant(), item.Value))];
    }

    // What the codes mean, on drawings that nothing learns from.
    LatentReport Look(LatentStage stage, Variant variant, LatentCheckpoint latent, long step)
    {
        using var scope = torch.NewDisposeScope();
        LatentReport report = LatentDiagnostics.Of(latent.Modules, latent.Base.Model, halves.Unseen(latent.Base.Model),
            variant.Objective, new RandomStream(run.Seed, "watch", step),
            stage == LatentStage.Task ? latent.Modules.Config.ReadOut : latent.Modules.Config.LearningReadOut);
        run.Say($"{variant.Name}, {stage}: " + string.Join(", ", report.Named().Select(item => $"{item.Name} {item.Value:G3}")));
        return report;
    }

    // Over tokens: first the base, which must know the language of both halves, and then the same task as under codes, the
    // control: the same examples, the same layers, as many steps.
    void Imitate(Phase phase, string from, bool both)
    {
        UpdateOptions update = both ? options.BaseUpdate : options.TaskUpdate;
        VlmCheckpoint vlm = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
        using IVisionLanguageModel model = vlm.Model;
        TokenPolicy policy = vlm.Policy();
        if (both)
            FrozenParts.Freeze(model, [ModelPart.Vision]);
        else
            options.Released.OpenTask(model);
        FusedAdamW optimizer = OptimizerStep.Create(policy, update);
        if (done > phase.First)
            TrainingCheckpoint.Load(from, policy, optimizer);
        for (long step = Math.Max(done, phase.First) + 1; step <= phase.Last && !run.Cancelled; step++)
        {
            int[] some = options.Turn(step - phase.First - 1);
            StepStats stats = SupervisedUpdate.Apply(policy, optimizer,
                [.. some.Select(halves.Target), .. both ? some.Select(halves.ToldTarget) : []], update, step - phase.First);
            run.Log(step, stats.Metrics());
            if (step == phase.Last || run.Cancelled || (step - phase.First) % options.SaveEvery == 0)
                run.SaveCheckpoint(step, folder => TrainingCheckpoint.Fill(
                    folder, TrainingState.At(step, run.Seed, options), policy, optimizer, vlm.Write));
        }
    }

    void Reinforce(Phase phase, string from, string first, Reinforcement method)
    {
        Learner learner = Load(from, run.Logger);
        using IVisionLanguageModel model = learner.Base.Model;
        // What the phase first started from, whatever it goes on from now.
        Learner? reference = options.Beta > 0 || (method == Reinforcement.Ppo && options.Ppo.KlCoef > 0) ? Load(first, null) : null;
        using IVisionLanguageModel? still = reference?.Base.Model;
        using var head = method == Reinforcement.Ppo ? new ValueHead(learner.Policy.FeatureWidth, model.Device) : null;
        ActorCritic? actor = head is null ? null : new ActorCritic(learner.Policy, head);
        IPolicy policy = actor is null ? learner.Policy : actor;
        GrpoOptions chosen = options.For(method, tokens: learner.Policy is TokenPolicy);
        FusedAdamW optimizer = actor is null ? OptimizerStep.Create(policy, chosen) : PpoUpdate.Optimizer(actor, chosen, options.Ppo);
        if (done > phase.First)
        {
            TrainingCheckpoint.Load(from, policy, optimizer);
            head?.Read(from);
        }
        for (long step = Math.Max(done, phase.First) + 1; step <= phase.Last && !run.Cancelled; step++)
        {
            long turn = step - phase.First;
            Prompt[] prompts = [.. Enumerable.Range(0, options.PromptsPerStep)
                .Select(i => halves.Ask(Split.Train, run.Seed, ((turn - 1) * options.PromptsPerStep) + i))];
            var clock = new StepClock();
            Rollout[] rollouts = policy.Sample(prompts, options.GroupSize, chosen.Sampling, new SampleKey(run.Seed, turn));
            clock.Sampled();
            // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
            Batch batch = Batch.Of(rollouts, rollout => Verify.Reward(rollout.Text, rollout.Prompt.Example.Truth));
            clock.Scored();
            batch = GroupAdvantage.Estimate(batch, chosen.Advantage);
            if (reference is not null)
                batch = batch.WithReference(ReferencePolicy.Of(reference.Policy, rollouts, chosen));
            StepStats stats = actor is not null
                ? PpoUpdate.Apply(actor, optimizer, batch, chosen, options.Ppo, run.Seed, turn)
                : GrpoUpdate.Apply(policy, optimizer, batch, chosen, turn);
            run.Record(step, batch, stats, clock);
            if (step == phase.Last || run.Cancelled || turn % options.SaveEvery == 0)
                run.SaveCheckpoint(step, folder => TrainingCheckpoint.Fill(
                    folder, TrainingState.At(step, run.Seed, options), policy, optimizer, Save));
        }

        void Save(string folder)
        {
            learner.Write(folder, optimizer);
            head?.Write(folder);
        }

        Learner Load(string folder, ILogger? logger) =>
            Learner.Load(folder, new ModelOptions(), run.Device, run.Seed, logger, codes: options.Released.Policy);
    }

    // Asked once, and kept beside the weights (not among them: what starts from there would bring it along) for a resumed run.
    MethodScore Measure(Plan plan) => MethodScore.Kept(phases[plan.Name].Folder + ".score.json", () => Ask(plan.Name));

    MethodScore Ask(string name)
    {
        (string folder, long first, long last) = phases[name];
        var learner = Learner.Load(folder, new ModelOptions(), run.Device, run.Seed, null, codes: options.Released.Policy);
        using IVisionLanguageModel model = learner.Base.Model;
        var score = MethodScore.Of(name, learner.Policy, test,
            options.For(Reinforcement.Grpo, tokens: learner.Policy is TokenPolicy), run.Seed,
            texts => SentenceVectors.Of(start.Model, start.Processor.Tokenizer, texts), run.Token) with
        {
            RolloutSeconds = run.Median(Metric.RolloutSeconds, first, last),
            UpdateSeconds = run.Median(Metric.UpdateSeconds, first, last),
            FlatGroups = run.Mean(Metric.FlatGroups, first, last),
        };
        run.Say(score.Greedy.Line(name));
        run.Say(score.Drawn.Line($"{name}, drawn"));
        return score;
    }

    // --smoke starts from a randomly initialised model.
    string Start()
    {
        if (options.Model is not null || !run.Smoke)
            return options.Model ?? Machine.InProject("recipes/warm-start");
        string folder = Path.Combine(run.Folder, "untrained");
        IEnumerable<string> words = Enumerable.Range(0, 200).Select(i => Shapes.TextOnly(run.Seed, Split.Train, i).Answer);
        AtomicFolder.Write(folder, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, words, run.Seed));
        return folder;
    }
});
