#!/usr/bin/env dotnet
// Distil a policy over codes back into tokens: the student answers as the codes do, and costs what the base costs.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm latent-distill --model runs/latent/model --out runs/tokens
//   ./vlm latent-distill --model runs/latent/model --student runs/sft/model --lora-rank 16
//
// The teacher answers training questions by its codes. At each token the student moves towards what the teacher's choice of codes is as a
// choice of tokens, sum over codes of pi(a | h) where a decodes to the token: KL(q || p), the divergence of
// https://arxiv.org/abs/1503.02531, exact and without a reward. The student is the teacher's base or another model with its tokenizer.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

return RecipeCommand.Run<LatentDistillOptions>(args, "latent-distill", "a policy over codes becomes one over tokens", run =>
{
    LatentDistillOptions options = run.Options;
    LatentPreset preset = LatentPreset.Of(options.Preset, run);
    string from = options.Teacher(run, preset), studentFrom = options.Student ?? from;
    if (Vocabulary.Difference(from, studentFrom, (from, studentFrom)) is { } difference)
        throw new UsageException($"{difference}, so the student's tokens are not the teacher's", studentFrom, "a student with the teacher's tokenizer");

    LatentCheckpoint teacher = LatentCheckpoint.Load(from, run.Device, logger: run.Logger);
    LatentPolicy codes = teacher.Policy(preset.Policy);
    string? resumed = run.LatestCheckpoint?.Path;
    using TrainableModel student = TrainableModel.Of(
        VisionLanguageModel.Load(resumed ?? studentFrom, new LoadOptions { Device = run.Device.ToString(), Tokens = true }, run.Logger),
        options.Learner, run.Seed, studentFrom, resumed);
    run.Say(student.Trainable);
    var shapes = new ShapesPrompts(teacher.Base.Processor, options.Kinds);
    UpdateOptions update = options.Update;
    var sampling = new Sampling { MaxNewTokens = options.MaxNewTokens };
    FusedAdamW optimizer = student.Optimizer(update);
    if (resumed is not null)
        TrainingCheckpoint.Load(resumed, student.Policy, optimizer);
    Prompt[] test = shapes.Test(options.Test);
    EvaluationReport agent = Ask(codes), before = Ask(student.Policy);
    run.Say(agent.Line("teacher"));
    run.Say(before.Line("student before"));
    run.Phase("distilling", update.Steps);
    for (long step = (run.LatestCheckpoint?.Step ?? 0) + 1; step <= update.Steps && !run.Cancelled; step++)
    {
        using IDisposable seen = teacher.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        Prompt[] prompts = [.. Enumerable.Range(0, options.PromptsPerStep).Select(i =>
            shapes.Ask(Split.Train, run.Seed, ((step - 1) * options.PromptsPerStep) + i))];
        Rollout[] rollouts = codes.Sample(prompts, options.Completions, sampling, new SampleKey(run.Seed, step));
        StepStats stats = EffectDistillation.Apply(
            student.Policy, optimizer, part => codes.Effects(part, sampling), rollouts, update, step);
        run.Record(step, stats, clock);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, update), student.Policy, optimizer, inner => student.Write(inner, optimizer)));
    }
    if (run.Cancelled)
        return;
    student.Finish(run.Folder, optimizer);
    EvaluationReport after = Ask(student.Policy);
    run.Say(after.Line("student"));
    run.Say(after.Reward >= agent.Reward - Near ? $"the student is within {Near} of the codes"
        : string.Create(CultureInfo.InvariantCulture, $"the student is {agent.Reward - after.Reward:0.000} below the codes; --steps {2 * update.Steps}, or a higher --learning-rate"));
    run.Finish(new { teacher = agent, before, after });

    EvaluationReport Ask(ISampler policy) => Evaluation.Report(Evaluation.Ask(
        policy, test, sampling with { Greedy = true }, Together, new SampleKey(run.Seed, 0), cancel: run.Token));
});

/// <summary>Options.</summary>
sealed record LatentDistillOptions : IOptionRules
{
    [Description("folder with latent actions, the teacher; with --smoke a randomly initialised one is made"), Option(Example = "runs/latent/model")]
    public string? Model { get; init; }

    [Description("folder of the student; by default the teacher's base")]
    [Option(Example = "runs/sft/model")]
    public string? Student { get; init; }

    [Description("JSON file with settings of the policy over codes, as recipes/latent-paper.json")]
    [Option(Example = "recipes/latent-paper.json")]
    public string? Preset { get; init; }

    [Description("kinds of questions, taken in turn")]
    public string[] Kinds { get; init; } = ShapesPrompts.DefaultKinds;

    [Description("training steps of the run"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Steps { get; init; } = 300;

    [Description("prompts per step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int PromptsPerStep { get; init; } = 16;

    [Description("completions of the teacher for each prompt"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Completions { get; init; } = 4;

    [Description("most tokens in a completion"), Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 64;

    [Description("peak learning rate of AdamW"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 5e-4;

    [Description("test questions asked of teacher and student"), Range(10, int.MaxValue), Option(Smoke = 10)]
    public int Test { get; init; } = 1000;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    public ModelOptions Learner { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        ShapesPrompts.Check(Kinds);
        _ = LatentPreset.Read(Preset);
        return [];
    }

    internal UpdateOptions Update => new()
    {
        Steps = Steps, LearningRate = LearningRate, WarmupSteps = Math.Min(10, Steps - 1), LrScheduler = ScheduleShape.Cosine, AdamBeta2 = 0.99,
    };

    // Without a name only --smoke has a teacher: random codes over a random base.
    internal string Teacher(Run run, LatentPreset preset)
    {
        if (Model is not null)
            return Model;
        if (!run.Smoke)
            throw new UsageException("there is no teacher", "--model is not given", "--model runs/latent/model, a folder that latent-grpo wrote");
        string folder = Path.Combine(run.Folder, "teacher");
        if (!Directory.Exists(folder))
        {
            VlmCheckpoint start = VlmCheckpoint.Load(ShapesPrompts.Start(null, run), run.Device);
            LatentCheckpoint made = LatentCheckpoint.New(start, new() { Codes = 8, InverseLayers = 1, PolicyLayers = 1 }, run.Seed, preset.InitStd);
            CompleteFolder.Write(folder, (made with { Stages = [.. LatentProgress.Order(preset.TaskCodes)] }).Write);
        }
        return folder;
    }
}

partial class Program
{
    private const int Together = 64;

    // What a student may lose.
    private const double Near = 0.01;
}
