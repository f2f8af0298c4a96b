#!/usr/bin/env dotnet
// Score a checkpoint on a held-out split: accuracy on questions, accuracy and overlap of boxes, by kind of question.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm score --model runs/quickstart/model
//   ./vlm score --model runs/quickstart/model --data datasets/samples/shapes-test.parquet
//
// The same prompts, the same sampler and the same reward functions as in training. Answers are greedy unless --temperature
// asks for sampling: of tokens, or in a folder with latent actions of codes, each with its most likely token. Every answer,
// with what it earned and why, goes to answers.parquet in the run folder.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Images;
using Vlm.Rewards;
using Vlm.Tables;

return RecipeCommand.Run<ScoreOptions>(args, "score", "score a checkpoint on a held-out split", run =>
{
    ScoreOptions options = run.Options;
    using VisionLanguageModel model = options.Answerer.Load(run.Device, run.Logger);
    Sampling sampling = options.Sampling;
    // Examples are read, asked and forgotten a batch at a time: what is kept is what was answered.
    ScoredAnswer[] answers = [.. Evaluation.Ask(model.Sampler, (options.Data == "shapes" ? Drawings() : Examples()).Select(
        example => model.Prompt(example, new DecodeOptions { Background = options.Background }, options.BoxFrame)),
        sampling, options.Batch, new SampleKey(run.Seed, 0), run.Token)];
    if (answers.Length == 0)
        throw new UsageException("there is no question to ask", $"--data {options.Data}", "--data shapes");

    EvaluationReport report = Evaluation.Report(answers);
    ParquetFile.Write(Path.Combine(run.Folder, "answers.parquet"),
        [new("id", ColumnType.Text), new("kind", ColumnType.Text), new("answer", ColumnType.Text),
            new("reward", ColumnType.Real), new("reason", ColumnType.Text), new("correct", ColumnType.Flag)],
        answers.Select(item => (IReadOnlyList<object?>)[item.Id, item.Kind, item.Completion,
            item.Score.Value, item.Score.Reason, item.Correct.Value >= 1]));

    Console.WriteLine(report.Line(options.Answerer.Model));
    foreach (KindReport kind in report.Kinds)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {kind.Kind,-12} {kind.Accuracy,8:P1}  reward {kind.Reward:F3}  of {kind.Count}"));
    run.Finish(report);

    IEnumerable<Example> Drawings() => Enumerable.Range(0, options.Limit).Select(i => Shapes.Example(
        seed: 0, options.Split, i, new ShapesOptions { Kinds = ShapesOptions.VqaAndGround }));

    IEnumerable<Example> Examples() => ParquetExamples.Read(options.Data).Take(options.Limit);
}, RecipeKind.Measures);

/// <summary>What to score, and how.</summary>
sealed record ScoreOptions
{
    public AnswerOptions Answerer { get; init; } = new();

    [Description("\"shapes\" for generated drawings, or a Parquet file of examples")]
    public string Data { get; init; } = "shapes";

    [Description("what transparent images are seen on; none drops their alpha, as transformers 5 does")]
    public Background Background { get; init; }

    [Description("frame of coordinates that the model answers boxes in; by default the one of the data"), Option(Example = "thousand")]
    public Frame? BoxFrame { get; init; }

    [Description("which of the drawings; training scenes are in neither Validation nor Test")]
    public Split Split { get; init; } = Split.Test;

    [Description("most questions"), Range(1, int.MaxValue), Option(Smoke = 16)]
    public int Limit { get; init; } = 800;

    [Description("questions read together"), Range(1, int.MaxValue)]
    public int Batch { get; init; } = 64;

    [Description("most tokens in a completion"), Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 20;

    [Description("sampling temperature; 0 decodes greedily"), Range(0d, double.MaxValue)]
    public double Temperature { get; init; }

    internal Sampling Sampling => new()
    {
        MaxNewTokens = MaxNewTokens,
        Greedy = Temperature == 0,
        Temperature = Temperature == 0 ? 1 : Temperature,
    };
}
