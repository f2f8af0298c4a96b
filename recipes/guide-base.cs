#!/usr/bin/env dotnet
// Make the base of the task "guide": the vision tower of a small model, and a new language model that knows the task's words.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm guide-base --dial 16 --out runs/guide-16
//   ./vlm grpo --model runs/guide-16/model --data guide --dial 16 --freeze vision --max-new-tokens 48
//
// A vocabulary in which every word is one token, a language model of the start's sizes with random weights, and SFT on texts whose plans
// are drawn evenly, for all eight roles: the base knows the grammar and what is in a picture, and no role's plan. docs/guide.md has the
// task, and what is predicted of reinforcement from such a base. The vision tower stays as it is; the connector learns on.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<GuideBaseOptions>(args, "guide-base", "make the base of the task \"guide\" for a setting of its dial", run =>
{
    GuideBaseOptions options = run.Options;
    VlmCheckpoint vlm = VlmCheckpoint.Load(run.LatestCheckpoint?.Path ?? Untrained(), run.Device, logger: run.Logger);
    FrozenParts.Freeze(vlm.Model, [ModelPart.Vision]);
    TokenPolicy policy = vlm.Policy();
    FusedAdamW optimizer = OptimizerStep.Create(policy, options);
    if (run.LatestCheckpoint is { } saved)
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);

    Prompt[] validation = [.. Enumerable.Range(0, options.Validation).Select(i => vlm.Processor.Prompt(Example(Split.Validation, i)))];
    run.Phase("supervised", options.Steps);
    for (long step = run.FirstStep; step <= options.Steps && !run.Cancelled; step++)
    {
        var clock = Stopwatch.StartNew();
        Rollout[] targets = [.. Enumerable.Range(0, options.Rows).Select(i => Target(((step - 1) * options.Rows) + i))];
        StepStats stats = SupervisedUpdate.Apply(policy, optimizer, targets, options, step);
        var metrics = new Dictionary<string, double>(stats.Metrics()) { [Metric.StepSeconds] = clock.Elapsed.TotalSeconds };
        if (step % options.EvalSteps == 0 && step < options.Steps)
            metrics[Metric.Reward] = Said(Evaluation.Report(Answer()))[Metric.Reward];
        run.Log(step, metrics);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, vlm.Write));
    }
    if (run.Cancelled)
        return;

    CompleteFolder.Write(Path.Combine(run.Folder, "model"), vlm.Write);
    ScoredAnswer[] answers = [.. Answer()];
    run.Answers(options.Steps, "validation", [.. validation.Select(prompt => prompt.Example).Zip(answers)]);
    run.Finish(new { validation = Said(Evaluation.Report(answers)), dial = options.Dial, vocabulary = vlm.Model.VocabSize });

    Example Example(Split split, long index) => Guide.Example(run.Seed, split, index, dial: options.Dial);

    Rollout Target(long index)
    {
        Example example = Example(Split.Train, index);
        return SupervisedUpdate.Target(vlm.Processor.Prompt(example), vlm.Processor.Completion(example.Answer));
    }

    IEnumerable<ScoredAnswer> Answer() => Evaluation.Ask(
        policy, validation, new Sampling { Greedy = true, MaxNewTokens = options.MaxNewTokens }, 64, default, cancel: run.Token);

    EvaluationReport Said(EvaluationReport report)
    {
        run.Say(FormattableString.Invariant(
            $"reward {report["guide_reward"]:F3}  objects {report["guide_content"]:F3}  plan {report["guide_plan"]:F3}"));
        return report;
    }

    // The start's vision tower and connector, and a new language model of the same sizes for other tokens.
    string Untrained()
    {
        string folder = Path.Combine(run.Folder, "untrained"), from = options.Model ?? Machine.InProject("recipes/warm-start");
        VlmCheckpoint start = VlmCheckpoint.Load(from, run.Device, logger: run.Logger);
        if (start.Model is not SmolVlmModel { Config: var sizes })
            throw new UsageException($"a {start.ModelType} model is no start: the base is of the SmolVLM family", $"--model {from}",
                "--model recipes/warm-start");
        using IVisionLanguageModel seeing = start.Model;
        CompleteFolder.Write(folder, inner => SmolVlmNew.Write(inner, sizes, SmolVlmTokens.OfWords(Guide.Texts(options.Dial)), run.Seed));
        VlmCheckpoint made = VlmCheckpoint.Load(folder, run.Device);
        using (IVisionLanguageModel model = made.Model)
        using (torch.no_grad())
        {
            var weights = seeing.Parameters.ToDictionary(item => item.Name, item => item.Value);
            foreach ((string name, var value) in model.Parameters.Where(item => model.PartOf(item.Name) != ModelPart.Text))
                value.copy_(weights[name]);
            CompleteFolder.Write(folder, made.Write);
        }

        return folder;
    }
});

/// <summary>Options.</summary>
sealed record GuideBaseOptions : UpdateOptions
{
    public GuideBaseOptions()
    {
        Steps = 3000;
        LearningRate = 1e-3;
        WeightDecay = 0.01;
        WarmupSteps = 100;
        LrScheduler = ScheduleShape.Cosine;
        MinLrRate = 0.05;
        AdamBeta2 = 0.99;
        MicroBatchSize = 32;
    }

    [Description("words that mean the same: 1, 4 or 16")]
    public int Dial { get; init; } = 1;

    [Description("folder of the model whose vision tower and sizes are taken; by default recipes/warm-start")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("texts in one step"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int Rows { get; init; } = 32;

    [Description("steps between evaluations on validation questions"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int EvalSteps { get; init; } = 500;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new() { SaveSteps = 500 };

    [Description("validation questions"), Range(8, int.MaxValue), Option(Smoke = 8)]
    public int Validation { get; init; } = 256;

    [Description("most tokens in a completion"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int MaxNewTokens { get; init; } = 48;

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules() =>
        [.. base.Rules(), new(nameof(Dial), GuideLexicon.Dials.Contains(Dial), "must be 1, 4 or 16", 16)];
}
