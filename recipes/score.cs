#!/usr/bin/env dotnet
// Score a checkpoint on a held-out split: accuracy on questions, accuracy and overlap of boxes, by kind of question.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm score --model runs/quickstart/model
//   ./vlm score --model runs/quickstart/model --data datasets/samples/shapes-test.parquet      any file that docs/data.md names
//
// The same prompts, the same sampler and the same reward functions as in training. Answers are greedy unless --temperature
// asks for sampling: of tokens, or in a folder with latent actions of codes, each with its most likely token. Every answer,
// with what it earned and why, goes to answers.parquet in the run folder, and with pictures and boxes to report.html there. With
// --self-judge N the model is then asked whether each of its answers is right, and where it says no it answers again, N times at most
// (SPARK, docs/spark.md): no truth is looked at for that.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Tables;

return RecipeCommand.Run<ScoreOptions>(args, "score", "score a checkpoint on a held-out split", run =>
{
    ScoreOptions options = run.Options;
    using VisionLanguageModel model = options.Answerer.Load(run.Device, run.Logger);
    if (options.Task.Length > 0)
    {
        TaskScores.Of(run, model);
        return;
    }

    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, policy: null, options.Seen);
    using QuestionAsker asker = new(run, model);
    // Prompts are made, asked and forgotten a batch at a time: what is kept is what was answered.
    IEnumerable<Prompt> prompts = Examples().Select(example => rewards.On(example))
        .Select(example => model.Prompt(example, options.Seen.Decode, options.Seen.BoxFrame));
    (List<SecondThought> thoughts, List<IReadOnlyList<object?>> rows, List<SampledQuestion> sampled) = ([], [], []);
    foreach (SecondThought one in options.SelfJudge > 0
        ? SecondThought.Of(model, prompts, options, new SampleKey(run.Seed, 0), scorer.HeldOut, run.Token)
        : asker.Ask("", prompts, options.MaxNewTokens ?? ScoreOptions.FewTokens, scorer.HeldOut).Select(SecondThought.None))
    {
        Example example = one.Question.Example;
        rows.Add([.. AnswerTable.Row("score", example, one.Last, run.Picture(rows.Count, example)), one.Question.Extracted[0],
            .. options.SelfJudge > 0 ? [one.First.Completion, one.Again] : Array.Empty<object?>()]);
        thoughts.Add(one);
        if (one.Last.Truth.IsKnown)
            sampled.Add(one.Question.Sampled(answer => answer.Correct.Value));
    }

    if (rows.Count == 0)
        throw new UsageException("there is no question to ask", $"--data {string.Join(' ', options.Data)}", "--data shapes");
    EvaluationReport report = Evaluation.Report(thoughts.Select(one => one.Last));
    ParquetFile.Write(Path.Combine(run.Folder, AnswerTable.Name + ".parquet"), [.. AnswerTable.Columns, new("extracted", ColumnType.Text),
        .. options.SelfJudge > 0 ? [new("first_answer", ColumnType.Text), new("asked_again", ColumnType.Integer)] : Array.Empty<Column>()], rows);
    asker.WriteSamples();

    Console.WriteLine(report.Line(options.Answerer.Model));
    foreach (KindReport kind in report.Kinds)
        Console.WriteLine($"  {kind.Line()}");
    if (options.SelfJudge > 0)
        Console.WriteLine(SecondThought.Line(thoughts));
    SampledScores? samples = options.Samples > 1 && sampled.Count > 0 ? SampledScores.Of(sampled) : null;
    if (samples is not null)
        Console.WriteLine(SampledLine.Of(samples, value => value.ToString("P1", CultureInfo.InvariantCulture)));
    run.Finish(options.SelfJudge > 0 ? SecondThought.Result(thoughts, report, options.SelfJudge)
        : SampledLine.Result(report, samples, asker.Seconds));
    asker.Finish();

    IEnumerable<Example> Examples() => AskedQuestions.Of(run, options.Data, options.Kinds, options.Reading, generated => generated.Test(
        options.Reading.Limit ?? (run.Smoke ? ScoreOptions.SmokeLimit : ScoreOptions.DefaultLimit), options.Kinds), nameof(DatasetOptions.Limit));
}, RecipeKind.Measures);

/// <summary>What to score, and how.</summary>
sealed record ScoreOptions : IOptionRules
{
    public AnswerOptions Answerer { get; init; } = new();

    internal const string Likelihood = "likelihood";

    internal const int DefaultLimit = 800, SmokeLimit = 16, FewTokens = 20;

    [Description("benchmarks to score on, each on its file of --data: names of docs/benchmarks.md")]
    public string[] Task { get; init; } = [];

    [Description("whose prompts and rules a task is scored by: official, lmms-eval or vlmevalkit")]
    public string Mode { get; init; } = "official";

    [Description("order of the options of a task's questions: as in the file, shuffled by the seed, or circular: right where every rotation "
        + "is answered rightly")]
    public ChoiceOrder Choices { get; init; }

    [Description("language model that says what answers mean, for tasks whose scorers ask one: folder of a model, or an address that speaks "
        + "OpenAI's chat completions; by default none")]
    [Option(Example = "http://127.0.0.1:8000/v1")]
    public string? Judge { get; init; }

    [Description("files, folders or globs to score on, or shapes, nlvr-like or guide, which are generated: 800 of their test questions unless "
        + "--limit says more")]
    public string[] Data { get; init; } = ["shapes"];

    [Description("kinds of questions: those kept of files, those taken in turn of generated data; by default all")]
    public string[] Kinds { get; init; } = [];

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    [Description("questions read together"), Range(1, int.MaxValue)]
    public int Batch { get; init; } = 64;

    [Description("most times that the model answers again where it says itself that its answer is not right; 0 never asks it"), Range(0, 100)]
    public int SelfJudge { get; init; }

    [Description("answers sampled of each question: the first is scored, and all of them together by mean, pass@k and majority vote")]
    [Range(1, 10_000)]
    public int Samples { get; init; } = 1;

    [Description("what best-of-n chooses by among the samples: likelihood, the mean log-probability of a sample's tokens, or a learned reward as rm:FOLDER, "
        + "judge:FOLDER or judge:ADDRESS, clip:FOLDER; by default nothing is chosen")]
    [Option(Example = "likelihood")]
    public string? BestOf { get; init; }

    [Description("most tokens in a completion; by default 20, and for a task what its harness allows"), Range(1, int.MaxValue)]
    public int? MaxNewTokens { get; init; }

    [Description("sampling temperature; 0 decodes greedily"), Range(0d, double.MaxValue)]
    public double Temperature { get; init; }

    internal Sampling Sampling(int maxNewTokens) => new()
    {
        MaxNewTokens = maxNewTokens,
        Greedy = Temperature == 0,
        Temperature = Temperature == 0 ? 1 : Temperature,
    };

    public IEnumerable<OptionRule> Rules()
    {
        const string ofSamples = "means something with --samples of 2 or more";
        yield return new(nameof(Temperature), Samples == 1 || Temperature > 0,
            "must be above 0 with --samples: greedy answers are all the same", 1);
        yield return new(nameof(Samples), Samples == 1 || SelfJudge == 0, "must be 1 with --self-judge, which answers anew itself");
        yield return new(nameof(Samples), Samples == 1 || Choices != ChoiceOrder.Circular,
            "must be 1 with --choices circular, which asks one question several times");
        yield return new(nameof(BestOf), Samples > 1 || BestOf is null, ofSamples);
        yield return new(nameof(BestOf), BestOf is null or Likelihood || LearnedSpec.Is(BestOf),
            "must be likelihood or a learned reward (rm:, judge:, clip:): one that knows the truth is what pass@k says", Likelihood);
        const string ofTasks = "means something with --task alone", notOfTasks = "must not be set with --task, whose scorer says what is right";
        yield return new(nameof(Mode), ScoringModes.Words.Contains(Mode), $"must be one of {string.Join(", ", ScoringModes.Words)}", "official");
        yield return new(nameof(Mode), Task.Length > 0 || Mode == "official", ofTasks);
        yield return new(nameof(Choices), Task.Length > 0 || Choices == ChoiceOrder.File, ofTasks);
        yield return new(nameof(Judge), Task.Length > 0 || Judge is null, ofTasks);
        yield return new(nameof(Kinds), Task.Length == 0 || Kinds.Length == 0, notOfTasks);
        yield return new(nameof(SelfJudge), Task.Length == 0 || SelfJudge == 0, notOfTasks);
        yield return new(nameof(RewardOptions.Reward), Task.Length == 0 || Rewards.Reward.Length == 0, notOfTasks);
        foreach ((string name, object? value) in ((string, object?)[])[
            (nameof(DatasetOptions.Split), Reading.Split), (nameof(DatasetOptions.Template), Reading.Template),
            (nameof(DatasetOptions.AnswerType), Reading.AnswerType), (nameof(DatasetOptions.Layout), Reading.Layout)])
            yield return new(name, Task.Length == 0 || value is null, "must not be set with --task, whose layout and prompts are its own");
    }
}
