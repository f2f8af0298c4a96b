#!/usr/bin/env dotnet
// The task "guide" over tokens, adapters, and codes that an oracle gives: do codes without wording learn from fewer rollouts?
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm guide-base --dial 16 --out runs/guide-16
//   ./vlm latent-guide --model runs/guide-16/model --dial 16 --seed 1 --out runs/guide-16-1
//   ./vlm compare runs/guide-16-1 runs/guide-16-2 --unit token
//
// Every arm starts from one base, which knows the grammar and no role's plan; docs/guide.md has the task, the arms and what was predicted.
// A code of c-concept is a concept, whichever of its words is said; of c-random it is a class of words that have nothing in common.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<LatentGuideOptions>(args, "latent-guide", "the task \"guide\" over tokens, adapters and an oracle's codes", run =>
{
    LatentGuideOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run, options.Reinforce.Credit);
    preset = preset with { Grpo = preset.Grpo with { Sampling = preset.Grpo.Sampling with { Temperature = options.Temperature, MinP = options.MinP } } };
    string from = options.Base(run);
    VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
    GuideArms.CheckWords(start, options.Dial, from);
    Phase[] phases = [.. new GuideArms(options.Reinforce.Steps, options.CloningSteps, start, run.Seed).Phases(options.Arms)];
    var runner = new PhaseRunner(run, from, phases, options.Checkpoints);
    string[] compared = [PhaseRunner.Start, .. phases.Select(phase => phase.Name)];
    runner.RequireResults(compared.Skip(1));

    var questions = new GuideQuestions(start.Processor, options.Dial);
    Prompt[] test = questions.Test(options.Test);
    var reinforcement = new Reinforcement(run, runner, options.Reinforce, preset, questions, [.. test.Take(options.Reinforce.CurveQuestions)]);
    List<MethodResult> rows = [reinforcement.Score(PhaseRunner.Start, start, test)];
    foreach (Phase phase in phases)
    {
        if (phase is ClassesPhase classes)
            Clone(classes);
        else if (phase is ReinforcePhase reinforce)
            reinforcement.Run(reinforce);
        if (run.Cancelled)
            return;
        rows.Add(reinforcement.Score(phase.Name, start, test));
    }
    foreach (string line in MethodResult.Controls(rows))
        run.Say(line);
    run.Finish(new { dial = options.Dial, rows });

    // The class of each next token of reference answers, by a branch of the base's last layer.
    void Clone(ClassesPhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        VlmCheckpoint vlm = VlmCheckpoint.Load(work.From, run.Device, logger: run.Logger);
        LatentCheckpoint latent = work.IsResumed ? LatentCheckpoint.Load(work.From, run.Device)
            : LatentCheckpoint.New(vlm, phase.Config, run.Seed, preset.InitStd, phase.Classes);
        using IVisionLanguageModel model = latent.Base.Model;
        var trained = LatentStages.SetTrainable(LatentStage.Cloning, latent.Modules, model);
        var optimizer = new FusedAdamW(trained.Select(item => item.Value), options.CloningRate);
        var schedule = new Schedule(ScheduleShape.Cosine, Math.Min(20, phase.Steps - 1), phase.Steps, 0.1);
        if (work.IsResumed)
            TrainingCheckpoint.Load(work.From, trained, optimizer);
        int[] ignored = [model.ImageToken, .. vlm.Processor.Tokenizer.SpecialIds.Except(vlm.EndTokens)];
        foreach (PhaseStep step in work.Remaining())
        {
            using var scope = torch.NewDisposeScope();
            (Prompt Sequence, int Answer)[] told = [.. Enumerable.Range(0, options.Rows)
                .Select(i => questions.Told(Split.Train, run.Seed, ((step.InPhase - 1L) * options.Rows) + i))];
            LatentRows rows = LatentRows.Read(model, [.. told.Select(one => one.Sequence)], ignored, LatentViews.WithImage, latent.Modules.Tap);
            rows = rows with { Labels = LatentLosses.Last(rows.Labels, [.. told.Select(one => one.Answer)]) };
            (torch.Tensor loss, _) = LatentStages.Cloning(latent.Modules, model, rows, null, preset.Objective);
            optimizer.ParamGroups.Single().LearningRate = options.CloningRate * schedule.Multiplier(step.InPhase);
            optimizer.zero_grad();
            loss.backward();
            optimizer.Collect();
            double norm = optimizer.Clip(preset.Grpo.MaxGradNorm);
            if (!double.IsFinite(norm))
                throw new NonFiniteException($"the gradient of {phase.Name}", step.InRun, []);
            optimizer.step();
            run.Log(step.InRun, [(Metric.Loss, loss.item<float>()), (Metric.GradNorm, norm)]);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, options.Reinforce), trained, optimizer,
                (step.IsLast ? latent with { Stages = [.. latent.Stages, LatentStage.Cloning] } : latent).Write));
        }
    }
});

/// <summary>Options.</summary>
sealed record LatentGuideOptions : IOptionRules
{
    [Description("folder of the base, made by guide-base with the same dial; with --smoke a randomly initialised one")]
    [Option(Example = "runs/guide-16/model")]
    public string? Model { get; init; }

    [Description("JSON file with settings that seldom change, as recipes/latent-paper.json")]
    [Option(Example = "recipes/latent-paper.json")]
    public string? Preset { get; init; }

    [Description("words that mean the same: 1, 4 or 16")]
    public int Dial { get; init; } = 16;

    [Description("arms, in this order: token, t-last, t-lora, c-concept, c-open, c-random")]
    public string[] Arms { get; init; } = ["token", "t-last", "t-lora", "c-concept", "c-open", "c-random"];

    [Description("test questions"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 600;

    [Description("steps in which a policy over codes learns what the base says"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int CloningSteps { get; init; } = 200;

    [Description("peak learning rate of these"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double CloningRate { get; init; } = 2e-3;

    [Description("texts in one step of these"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int Rows { get; init; } = 32;

    [Description("sampling temperature"), Range(0d, 100d, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;

    [Description("min-p: sample among those at least this share as likely as the most likely; 0 disables it"), Range(0d, 1d)]
    public double MinP { get; init; }

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public ReinforceOptions Reinforce { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        GuideArms.Check(Arms);
        _ = Reinforce.Of(RlMethod.Grpo, tokens: false, LatentPreset.Read(Preset));
        return [new(nameof(Dial), GuideLexicon.Dials.Contains(Dial), "must be 1, 4 or 16", 16)];
    }

    /// <summary>The folder of the base; --smoke without a name makes one.</summary>
    internal string Base(Run run)
    {
        if (Model is not null || !run.Smoke)
            return Model ?? throw new UsageException("there is no base", "--model is not given", $"./vlm guide-base --dial {Dial}, then --model runs/guide-base/model");
        string folder = Path.Combine(run.Folder, "untrained");
        CompleteFolder.Write(folder, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, SmolVlmTokens.OfWords(Guide.Texts(Dial)), run.Seed));
        return folder;
    }
}
