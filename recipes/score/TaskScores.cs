using System.Globalization;
using System.Text.Json.Nodes;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Tables;

/// <summary>Scores a model on benchmarks: asks their questions, and measures by the rules of their own scorer or a harness's.</summary>
static class TaskScores
{
    private static readonly Column[] s_columns =
    [
        new("task", ColumnType.Text), .. AnswerTable.Columns, new("unparsed", ColumnType.Flag),
        new("parts", ColumnType.List(ColumnType.Text)), new("group", ColumnType.Text), new("extracted", ColumnType.Text),
    ];

    /// <summary>Reads all files before the first question is asked, asks, prints a table, and writes result.json and answers.parquet.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Answers.</param>
    /// <exception cref="UsageException">A task or file that is none, a bad row, or an option that means nothing with tasks.</exception>
    public static void Of(Run<ScoreOptions> run, VisionLanguageModel model)
    {
        ScoreOptions options = run.Options;
        BenchmarkOptions asking = Asking(run);
        (Benchmark Task, BenchmarkData Data)[] tasks = [.. Named(options).Select(named =>
            (named.Task, BenchmarkData.Open(named.Task, named.Files, asking, options.Reading, run.Token)))];
        foreach ((Benchmark task, BenchmarkData data) in tasks)
            CheckLengths(options, model, task, data);
        using JudgedAnswers? judged = JudgedAnswers.Open(run, tasks.Select(named => named.Task));
        using var asker = new QuestionAsker(run, model);
        var rows = new List<IReadOnlyList<object?>>();
        var results = new JsonObject();
        foreach ((Benchmark task, BenchmarkData data) in tasks)
        {
            foreach (string line in data.Lines())
                run.Say($"{task.Name}: {line}");
            (BenchmarkAnswer[] Samples, AskedQuestion Asked)[] answers =
                [.. Answers(run, model, asker, task, data, rows, judged?.Of(task, data, asking))];
            (BenchmarkAnswer[] Samples, AskedQuestion Asked)[] scored = [.. answers.Where(one => one.Samples.All(IsScored))];
            if (scored.Length == 0)
                throw new UsageException($"none of {answers.Length} answers to {task.Name} could be judged", $"--judge {options.Judge}",
                    $"--resume --out {run.Folder} when the judge answers: the model's answers are kept");
            var result = new TaskResult(task, asking, [.. scored.Select(one => one.Samples[0])])
            {
                NotScored = answers.Length - scored.Length,
                Sampled = options.Samples == 1 ? null : Sampled(task, asking.Mode, scored),
            };
            foreach (string line in result.Lines())
                Console.WriteLine(line);
            results[task.Name] = result.Json();
        }

        ParquetFile.Write(Path.Combine(run.Folder, AnswerTable.Name + ".parquet"), s_columns, rows);
        asker.WriteSamples();
        run.Finish(new JsonObject
        {
            ["model"] = options.Answerer.Model,
            ["seconds_answering"] = asker.Seconds.Answering,
            ["seconds_waiting"] = asker.Seconds.Waiting,
            ["tasks"] = results,
        });
        asker.Finish();
    }

    /// <summary>Which task is asked of which files: one of all of them, or one each.</summary>
    private static IEnumerable<(Benchmark Task, string[] Files)> Named(ScoreOptions options)
    {
        Benchmark[] tasks = [.. options.Task.Select(name => Benchmark.Table.Find(name, $"--task {name}"))];
        string typed = string.Join(' ', options.Task);
        if (options.Task.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"the task {twice.Key} is named twice", $"--task {typed}", "each task once");
        if (options.Data is ["shapes"])
            throw new UsageException("tasks are asked of files, and none is named", $"--task {typed}",
                $"--data FILE, of rows such as those of {tasks[0].Address}");
        return tasks.Length == 1 ? [(tasks[0], options.Data)] : tasks.Length == options.Data.Length
            ? tasks.Zip(options.Data, (task, file) => (task, (string[])[file])) : throw new UsageException(
                $"{tasks.Length} tasks are asked of {options.Data.Length} files", $"--data {string.Join(' ', options.Data)}",
                $"one file, folder or pattern in quotes for each of {typed}, in their order");
    }

    private static BenchmarkOptions Asking(Run<ScoreOptions> run) => new(ScoringModes.Parse(run.Options.Mode))
    {
        Choices = run.Options.Choices,
        Seed = run.Seed,
        Format = run.Options.Rewards.AnswerFormat is "auto" ? null
            : AnswerFormat.Table.Find(run.Options.Rewards.AnswerFormat, "--answer-format"),
    };

    // What is kept of an answer are its row and what the scorer needs; the truth is in the frame that the model answered in.
    private static IEnumerable<(BenchmarkAnswer[] Samples, AskedQuestion Asked)> Answers(
        Run<ScoreOptions> run, VisionLanguageModel model, QuestionAsker asker, Benchmark task, BenchmarkData data,
        List<IReadOnlyList<object?>> rows, Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score)
    {
        IEnumerable<AskedQuestion> asked = asker.Ask(
            task.Name, Prompts(run.Options, model, data), run.Options.MaxNewTokens ?? task.MaxNewTokens, score);
        foreach ((BenchmarkQuestion question, AskedQuestion one) in data.Questions.Zip(asked))
        {
            BenchmarkAnswer[] samples = [.. one.Answers.Select(answer =>
                new BenchmarkAnswer(question with { Example = one.Example }, answer.Completion, answer.Correct))];
            // The same number may be a question of two tasks.
            ScoredAnswer named = one.Answers[0] with { Id = $"{task.Name}/{question.Example.Id}" };
            rows.Add([task.Name, .. AnswerTable.Row("score", one.Example, named, run.Picture(rows.Count, one.Example)),
                samples[0].Score.IsUnparsed(), question.Parts.Select(part => $"{part.Key}/{part.Value}").ToArray(), question.Group,
                one.Extracted[0]]);
            yield return (samples, one);
        }
    }

    private static bool IsScored(BenchmarkAnswer answer) => !double.IsNaN(answer.Score.Value);

    // The task's own number of each sample, of those that are elected and of those that are liked best; pass@k of what each answer earns.
    private static SampledScores Sampled(Benchmark task, ScoringMode mode, (BenchmarkAnswer[] Samples, AskedQuestion Asked)[] answers)
    {
        SampledQuestion[] questions = [.. answers.Select(one => one.Asked.Sampled(answer => answer.Correct.Value))];
        return SampledScores.Of(questions) with
        {
            Mean = Enumerable.Range(0, questions[0].Values.Count).Average(i => Number(_ => i)),
            Majority = Number(question => question.Elected ?? 0),
            BestOfN = questions[0].Likings is null ? null : Number(question => question.Liked),
        };

        double Number(Func<SampledQuestion, int> which) =>
            task.Measure([.. answers.Zip(questions, (one, question) => one.Samples[which(question)])], mode).Value;
    }

    private static IEnumerable<Prompt> Prompts(ScoreOptions options, VisionLanguageModel model, BenchmarkData data) =>
        data.Questions.Select(question => model.Prompt(question.Example, options.Seen.Decode, options.Seen.BoxFrame));

    // Before the first question of any task: what is too long would stop the last of them.
    private static void CheckLengths(ScoreOptions options, VisionLanguageModel model, Benchmark task, BenchmarkData data)
    {
        int asked = options.MaxNewTokens ?? task.MaxNewTokens, most = model.Checkpoint?.Model.MaxPositions ?? int.MaxValue;
        (int length, string id) = Prompts(options, model, data).Select(prompt => (prompt.Tokens.Length, prompt.Id))
            .MaxBy(prompt => prompt.Length);
        if (length > most - asked)
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"the longest prompt of {task.Name}, {id}, has {length:N0} tokens, ")
                + string.Create(CultureInfo.InvariantCulture, $"{asked:N0} new ones are asked for, and the model's context is {most:N0}"),
                $"--task {task.Name}",
                length < most ? string.Create(CultureInfo.InvariantCulture, $"--max-new-tokens {most - length}, or smaller images (--max-pixels)")
                    : "smaller images (--max-pixels), or a model with a longer context");
    }
}

/// <summary>What a benchmark's scorer says of a model's answers.</summary>
/// <param name="Task">The benchmark.</param>
/// <param name="Asking">How it was asked.</param>
/// <param name="Answers">All answers.</param>
sealed record TaskResult(Benchmark Task, BenchmarkOptions Asking, IReadOnlyList<BenchmarkAnswer> Answers)
{
    private const int WidestPart = 40;
    private readonly CorpusScore _score = Asking.Choices == ChoiceOrder.Circular
        ? Benchmark.MeasureCircular(Answers) : Task.Measure(Answers, Asking.Mode);
    private readonly Interval _interval = Task.IntervalOf(Answers, Asking);

    /// <summary>Questions left out, because the judge failed about an answer to them.</summary>
    public int NotScored { get; init; }

    /// <summary>What several samples of each question are worth; null where there is one.</summary>
    public SampledScores? Sampled { get; init; }

    /// <summary>Lines for people: the number with its interval, and its parts.</summary>
    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{Task.Name}: {Task.Metric} {Show(_score.Value)} (95 %: {Show(_interval.Low)} to {Show(_interval.High)}), {_score.Count:N0} questions, "
            + $"{_score.Unparsed:N0} answers unparsed, {(NotScored > 0 ? $"{NotScored:N0} not judged, " : "")}rules of {Asking.Mode.Word()}{Order}");
        int width = Math.Min(WidestPart, _score.Parts.Select(part => part.Name.Length).DefaultIfEmpty(0).Max());
        foreach (MetricPart part in _score.Parts)
            yield return string.Create(CultureInfo.InvariantCulture, $"  {part.Name.PadRight(width)}  {Show(part.Value),8}  of {part.Count:N0}");
        if (Sampled is { } sampled)
            yield return "  " + SampledLine.Of(sampled, Show);
    }

    /// <summary>The same for result.json.</summary>
    public JsonObject Json() => new()
    {
        ["metric"] = Task.Metric,
        ["value"] = Known(_score.Value),
        ["low"] = Known(_interval.Low),
        ["high"] = Known(_interval.High),
        ["questions"] = _score.Count,
        ["unparsed"] = _score.Unparsed,
        ["not_scored"] = NotScored,
        ["mode"] = Asking.Mode.Word(),
        ["choices"] = OptionText.Show(Asking.Choices),
        ["scorer"] = Task.Scorer,
        ["parts"] = new JsonArray([.. _score.Parts.Select(part =>
            new JsonObject { ["name"] = part.Name, ["value"] = Known(part.Value), ["count"] = part.Count })]),
        ["samples"] = Sampled is null ? null : SampledLine.Json(Sampled),
    };

    private string Order => Asking.Choices switch
    {
        ChoiceOrder.Circular => ", right in every order of the options",
        ChoiceOrder.Shuffled => ", options shuffled",
        _ => "",
    };

    private string Show(double value) => double.IsNaN(value) ? "-" : Task.IsShare
        ? value.ToString("P1", CultureInfo.InvariantCulture) : value.ToString("0.###", CultureInfo.InvariantCulture);

    private static JsonValue? Known(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
