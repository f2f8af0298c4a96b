#!/usr/bin/env dotnet
// Learn latent actions on generated drawings, stage by stage, then reinforce over codes in place of tokens.
#:project ../src/Grpo/Grpo.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-shapes --out runs/latent
//   ./vlm latent-shapes --smoke
//
// The method of https://arxiv.org/abs/2601.07516 over a small base: an inverse dynamics model tells from the future which of K
// codes was acted, a world model turns state and code into the next token, projectors bring text alone to where its pair would
// be and back, a policy learns to foretell the codes, the base learns the task under them, and GRPO moves the policy over codes.
// It departs from the released code where that is kinder to the maths (LatentConfig, LatentObjective say where). Each stage ends
// with a checkpoint; --resume goes on after the last.

using System.Diagnostics;
using Datasets;
using Grpo;
using Grpo.Advantages;
using Grpo.Losses;
using Grpo.Runs;
using Rewards.Verifiable;
using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Text;
using Question = Grpo.Question;

return RecipeCommand.Run<LatentShapesOptions>(args, "latent-shapes", "latent actions on generated drawings", run =>
{
    LatentShapesOptions options = run.Options;
    long done = run.LatestCheckpoint?.Step ?? 0;
    LatentCheckpoint latent = run.LatestCheckpoint is { } saved ? LatentCheckpoint.Load(saved.Path, say: run.Say)
        : LatentCheckpoint.New(VlmCheckpoint.Load(Start(), say: run.Say), options.Config, run.Seed, spread: null);
    (IVisionLanguageModel model, LatentModules modules) = (latent.Base.Model, latent.Modules);
    HashSet<int> silent = [model.ImageToken, .. latent.Base.Processor.Tokenizer.SpecialIds.Except(latent.Base.EndTokens)];
    Question[] test = [.. Enumerable.Range(0, options.Test).Select(i => Ask(Split.Test, 0, i))];

    long end = 0;
    foreach (LatentStage stage in Enum.GetValues<LatentStage>())
        Learn(stage, end, end += options.StepsOf(stage));
    EvaluationReport tokens = Score("tokens, greedy", latent.Base.Policy(), 0);
    EvaluationReport before = Score("codes, greedy", latent.Policy(), 0);
    Reinforce(end);
    if (run.Cancelled)
        return;
    EvaluationReport after = Score("codes after GRPO, greedy", latent.Policy(), 0);
    EvaluationReport drawn = Score("codes after GRPO, drawn", latent.Policy(), 1);
    AtomicFolder.Write(Path.Combine(run.Folder, "model"), latent.Write);
    run.Finish(new { tokens, before, after, drawn });

    void Learn(LatentStage stage, long first, long last)
    {
        if (done >= last || run.Cancelled)
            return;
        Parameter[] learning = [.. Opened(stage).Select(item => item.Value)];
        AdamW optimizer = torch.optim.AdamW(learning, options.RateOf(stage), weight_decay: 0);
        var schedule = new Schedule(ScheduleShape.Cosine, options.Warmup, (int)(last - first), 0.1);
        run.Phase($"{stage}", last);
        for (long step = first + 1; step <= last && !run.Cancelled; step++)
        {
            using var scope = torch.NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.RateOf(stage) * schedule.Multiplier(step - first);
            (torch.Tensor loss, LatentParts parts) = Loss(stage, step);
            optimizer.zero_grad();
            loss.backward();
            double norm = torch.nn.utils.clip_grad_norm_(learning, options.MaxGradNorm);
            if (!double.IsFinite(norm))
                throw new NonFiniteException($"the gradient of stage {stage}", step, []);
            optimizer.step();
            run.Log(step, [(Metric.Loss, loss.item<float>()), (Metric.GradNorm, norm),
                .. parts.Named().Select(part => ($"{Metric.Latent}/{part.Name}", (double)part.Value.item<float>())),
                .. step == last ? Watch(stage, step) : []]);
        }
        if (!run.Cancelled)
            run.SaveCheckpoint(last, latent.Write);
    }

    // The task moves the base's decoder; every other stage leaves the base as it is.
    IReadOnlyList<(string Name, Parameter Value)> Opened(LatentStage stage)
    {
        if (stage != LatentStage.Task)
            return LatentStages.Open(stage, modules, model);
        foreach ((string name, Parameter value) in model.Parameters)
            value.requires_grad = model.PartOf(name) == ModelPart.Text && name.Contains(".layers.", StringComparison.Ordinal);
        LatentStages.Open(stage, modules, model);
        return [.. model.Parameters.Where(item => item.Value.requires_grad)];
    }

    (torch.Tensor, LatentParts) Loss(LatentStage stage, long step)
    {
        Prompt[] pairs = [.. Enumerable.Range(0, options.Rows).Select(i => Paired(Split.Train, run.Seed, (step * options.Rows) + i))];
        if (stage == LatentStage.Task)
            return Task(pairs);

        var paired = LatentRows.Read(model, pairs, silent, paired: true);
        LatentRows? text = options.NoText || stage is LatentStage.Inverse or LatentStage.Cycle ? null : LatentRows.Read(model,
            [.. Enumerable.Range(0, options.Rows).Select(i => Text(Split.Train, run.Seed, (step * options.Rows) + i))], silent, paired: false);
        var noise = new RandomStream(run.Seed, "gumbel", step);
        return stage switch
        {
            LatentStage.Inverse => LatentStages.Inverse(modules, model, paired, options.Objective, noise),
            LatentStage.Cycle => LatentStages.Cycle(modules, paired, options.Objective),
            LatentStage.Joint => LatentStages.Joint(modules, model, paired, text, options.Objective, noise),
            _ => LatentStages.Cloning(modules, paired, text, options.Objective),
        };
    }

    (torch.Tensor, LatentParts) Task(Prompt[] pairs)
    {
        Prefilled live = model.Prefill(pairs, new KvCache(model.Layers));
        return LatentStages.Task(
            modules, model, new LatentView(live.Hidden, live.Rope), LatentRows.LabelsOf(pairs, silent).to(model.Device), live.Lengths);
    }

    // What the codes mean, on drawings that nothing learns from. A codebook of one code is no codebook.
    (string Name, double Value)[] Watch(LatentStage stage, long step)
    {
        using var scope = torch.NewDisposeScope();
        LatentReport report = LatentDiagnostics.Of(modules, model, LatentRows.Read(model,
            [.. Enumerable.Range(0, options.Watched).Select(i => Paired(Split.Validation, 0, i))], silent, paired: true),
            options.Objective, new RandomStream(run.Seed, "watch", step));
        run.Say($"{stage}: " + string.Join(", ", report.Named().Select(item =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{item.Name} {item.Value:G3}"))));
        if (stage is LatentStage.Inverse or LatentStage.Joint && report.Usage.Used < 2)
            throw new UsageException($"the codebook has collapsed: {report.Usage.Used} of {options.Codes} codes are used",
                $"stage {stage}, step {step}", $"--rate {options.Rate / 3}, or more --inverse-steps");
        return [.. report.Named().Select(item => ($"{Metric.Latent}/{stage}_{item.Name}".ToLowerInvariant(), item.Value))];
    }

    void Reinforce(long first)
    {
        LatentPolicy policy = latent.Policy();
        foreach ((_, Parameter value) in model.Parameters)
            value.requires_grad = false;
        foreach ((_, Parameter value) in policy.Trainable)
            value.requires_grad = true;
        AdamW optimizer = OptimizerStep.Create(policy, options);
        if (done > first)
            TrainingCheckpoint.Load(run.LatestCheckpoint!.Path, policy, optimizer);
        run.Phase("GRPO over codes", first + options.Steps);
        for (long step = Math.Max(done, first) + 1; step <= first + options.Steps && !run.Cancelled; step++)
        {
            Question[] questions = [.. Enumerable.Range(0, options.PromptsPerStep)
                .Select(i => Ask(Split.Train, run.Seed, ((step - 1) * options.PromptsPerStep) + i))];
            var clock = Stopwatch.StartNew();
            Rollout[] rollouts = policy.Sample([.. questions.Select(question => question.Prompt)], options.GroupSize,
                options.Sampling, new SampleKey(run.Seed, step));
            double sampled = clock.Elapsed.TotalSeconds;
            // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
            TotalScore[] scores =
                [.. rollouts.Select(rollout => Verify.Reward(rollout.Text, questions[rollout.PromptIndex].Truth))];
            double scored = clock.Elapsed.TotalSeconds;
            AdvantageBatch advantages = GroupAdvantage.Compute(
                [.. scores.Select(score => score.Value)], options.GroupSize, options.Advantage);
            StepStats stats = GrpoStep.Update(policy, optimizer, rollouts, advantages.Values, options, step - first);

            run.Rollouts(step, rollouts, scores, advantages.Values);
            run.Log(step, StepMetrics.Of(rollouts, scores, advantages, stats,
                new StepTimes(sampled, scored - sampled, clock.Elapsed.TotalSeconds - scored)));
            if (step % options.SaveEvery == 0 || run.Cancelled)
                run.SaveCheckpoint(step, folder => TrainingCheckpoint.Fill(
                    folder, TrainingState.At(step, run.Seed, options), policy, optimizer, latent.Write));
        }
    }

    EvaluationReport Score(string when, IPolicy policy, double temperature)
    {
        EvaluationReport report = Evaluation.Report(Evaluation.Ask(policy, test,
            options.Sampling with { Greedy = temperature == 0 }, batch: 64, new SampleKey(run.Seed, 0), run.Token));
        run.Say(report.Line(when));
        return report;
    }

    Question Ask(Split split, long seed, long index)
    {
        ShapesQuestion question = Shapes.Question(seed, split, index, new ShapesOptions { Kinds = options.Kinds });
        return new Question(latent.Base.Processor.Prompt(
            question.Id, [Message.User(question.Text, 1)], [Shapes.Draw(question.Scene!)]), question.Kind, question.Truth, question.Answer);
    }

    Prompt Paired(Split split, long seed, long index)
    {
        ShapesQuestion question = Shapes.PairedQuestion(seed, split, index, new ShapesOptions { Kinds = options.Kinds });
        return Answered(latent.Base.Processor.Prompt(
            question.Id, [Message.User(question.Text, 1)], [Shapes.Draw(question.Scene!)]), question.Answer);
    }

    Prompt Text(Split split, long seed, long index)
    {
        Example example = Shapes.TextOnly(seed, split, index);
        return Answered(latent.Base.Processor.Prompt(example.Id, example.Messages, (byte[][])[]), example.Answer);
    }

    Prompt Answered(Prompt prompt, string answer) =>
        prompt with { Tokens = [.. prompt.Tokens, .. latent.Base.Processor.Completion(answer)] };

    // A smoke run needs no trained model: it makes one that never was.
    string Start()
    {
        if (options.Model is not null || !run.Smoke)
            return options.Model ?? Machine.InProject("recipes/warm-start");
        string folder = Path.Combine(run.Folder, "untrained");
        IEnumerable<string> texts = Enumerable.Range(0, 200).Select(i => Shapes.TextOnly(run.Seed, Split.Train, i).Answer);
        AtomicFolder.Write(folder, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, texts, run.Seed));
        return folder;
    }
});

/// <summary>Everything this experiment can be told. --steps, --prompts-per-step and so on are those of reinforcement.</summary>
sealed record LatentShapesOptions : GrpoOptions
{
    private const string Stages = "Stages";

    public LatentShapesOptions()
    {
        (Steps, PromptsPerStep, GroupSize, MaxNewTokens) = (200, 32, 8, 20);
        (LearningRate, Warmup, Decay, FinalRate) = (3e-4, 10, ScheduleShape.Linear, 0.1);
        (MicroBatch, Beta2) = (64, 0.99);
        Normalisation = LossNormalisation.SequenceMean;
    }

    [Option("folder of the model to start from; by default recipes/warm-start, in a smoke run an untrained one",
        Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Option("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = [.. ShapesOptions.VqaAndGround];

    [Option("codes of the codebook", Group = Stages, Min = 2)]
    public int Codes { get; init; } = 64;

    [Option("layers of the inverse dynamics model", Group = Stages, Min = 1, Smoke = 1)]
    public int InverseLayers { get; init; } = 2;

    [Option("layers of the policy", Group = Stages, Min = 1, Smoke = 1)]
    public int PolicyLayers { get; init; } = 3;

    [Option("steps of the inverse model, codebook and world model on pairs", Group = Stages, Min = 1, Smoke = 2)]
    public int InverseSteps { get; init; } = 1500;

    [Option("steps of the projectors", Group = Stages, Min = 1, Smoke = 2)]
    public int CycleSteps { get; init; } = 500;

    [Option("steps of all of these, on pairs and on text alone", Group = Stages, Min = 1, Smoke = 2)]
    public int JointSteps { get; init; } = 1500;

    [Option("steps of the policy learning to foretell the codes", Group = Stages, Min = 1, Smoke = 2)]
    public int CloningSteps { get; init; } = 1500;

    [Option("steps of the base learning the task under the policy's codes", Group = Stages, Min = 1, Smoke = 2)]
    public int TaskSteps { get; init; } = 500;

    [Option("sequences of each half in a step of a stage", Group = Stages, Min = 1, Smoke = 4)]
    public int Rows { get; init; } = 32;

    [Option("learning rate of the stages; the task takes a tenth", Group = Stages, Above = 0)]
    public double Rate { get; init; } = 1e-3;

    [Option("learn without the text-only half, and so without the cycle", Group = Stages)]
    public bool NoText { get; init; }

    [Option("weight of cycle consistency; 0 leaves it out", Group = Stages, Min = 0)]
    public double CycleWeight { get; init; } = 1e-5 * 2048;

    [Option("validation sequences that each stage's diagnostics look at", Group = Stages, Min = 2, Smoke = 4)]
    public int Watched { get; init; } = 64;

    [Option("test questions", Min = 8, Smoke = 8)]
    public int Test { get; init; } = 800;

    [Option("steps of reinforcement between checkpoints", Min = 1, Smoke = 1)]
    public int SaveEvery { get; init; } = 50;

    internal LatentConfig Config => new() { Codes = Codes, InverseLayers = InverseLayers, PolicyLayers = PolicyLayers };

    internal LatentObjective Objective => new() { Cycle = CycleWeight };

    internal long StepsOf(LatentStage stage) => stage switch
    {
        LatentStage.Inverse => InverseSteps,
        LatentStage.Cycle => CycleSteps,
        LatentStage.Joint => JointSteps,
        LatentStage.Cloning => CloningSteps,
        _ => TaskSteps,
    };

    internal double RateOf(LatentStage stage) => stage == LatentStage.Task ? Rate / 10 : Rate;
}
