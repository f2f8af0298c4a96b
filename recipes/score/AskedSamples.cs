using Recipes.Cli;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Tables;

/// <summary>A question with all samples of its answer.</summary>
/// <param name="Example">The question.</param>
/// <param name="Answers">Scored; the first stands in answers.parquet.</param>
/// <param name="Likings">How the scorer of --best-of likes each; null without one.</param>
/// <param name="LogProbs">The mean log-probability of each one's actions, in nats.</param>
sealed record AskedQuestion(Example Example, IReadOnlyList<ScoredAnswer> Answers, IReadOnlyList<double>? Likings, IReadOnlyList<double> LogProbs)
{
    /// <summary>What each answer says.</summary>
    public IReadOnlyList<string?> Extracted { get; } = [.. Answers.Select(answer => ExtractedAnswer.Of(Example, answer.Completion))];

    /// <summary>Its samples, each worth what a function says.</summary>
    public SampledQuestion Sampled(Func<ScoredAnswer, double> value) => new([.. Answers.Select(value)], Extracted, Likings);
}

/// <summary>Asks the questions of a score run: kept as they are answered, pictures decoded while the batch before is answered.</summary>
sealed class QuestionAsker : IDisposable
{
    private static readonly Column[] s_columns =
    [
        new("id", ColumnType.Text), new("sample", ColumnType.Integer), new("answer", ColumnType.Text), new("extracted", ColumnType.Text),
        new("stop", ColumnType.Text), new("reward", ColumnType.Real), new("correct", ColumnType.Flag), new("log_prob", ColumnType.Real),
        new("liking", ColumnType.Real),
    ];

    private readonly Run<ScoreOptions> _run;
    private readonly VisionLanguageModel _model;
    private readonly AnswerJournal _journal;
    private readonly RunScorer? _liking;
    private readonly List<IReadOnlyList<object?>> _samples = [];
    private TimeSpan _answering, _waiting;
    private int _read;

    /// <summary>Opens what the run asks with.</summary>
    /// <exception cref="UsageException">The scorer of --best-of cannot be loaded.</exception>
    public QuestionAsker(Run<ScoreOptions> run, VisionLanguageModel model)
    {
        (_run, _model) = (run, model);
        ScoreOptions options = run.Options;
        _liking = options.BestOf is null or ScoreOptions.Likelihood ? null
            : RunScorer.Open(run, (options.Rewards with { Reward = [options.BestOf] }).Read(), policy: null, options.Seen);
        _journal = AnswerJournal.Open(run);
    }

    /// <summary>Seconds that the model answered, and those for which it waited for pictures, for result.json.</summary>
    public (double Answering, double Waiting) Seconds => (Math.Round(_answering.TotalSeconds, 3), Math.Round(_waiting.TotalSeconds, 3));

    /// <summary>Questions with their answers, in the order of the prompts.</summary>
    /// <param name="task">The task; empty where there is none.</param>
    /// <param name="prompts">Made on another thread.</param>
    /// <param name="maxNewTokens">Most tokens of an answer.</param>
    /// <param name="score">What answers earn; null for what their examples say.</param>
    public IEnumerable<AskedQuestion> Ask(
        string task, IEnumerable<Prompt> prompts, int maxNewTokens, Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score)
    {
        ScoreOptions options = _run.Options;
        if (_journal.Kept(task) is > 0 and int kept)
            _run.Say($"{(task.Length == 0 ? "" : task + ": ")}{kept / options.Samples:N0} questions were answered before the run was stopped");
        var stream = new AnswerStream(
            _model.Sampler, options.Sampling(maxNewTokens), options.Samples, options.Batch, new(_run.Seed, 0), _journal);
        (TimeSpan answering, TimeSpan waiting) = (_answering, _waiting);
        foreach (Rollout[] part in stream.Ask(task, prompts.Select(Packed), _run.Token))
        {
            (_answering, _waiting) = (answering + stream.Answering, waiting + stream.Waiting);
            IReadOnlyList<TotalScore>? scores = score?.Invoke(part);
            IReadOnlyList<double>? likings = Likings(part);
            for (int at = 0; at < part.Length; at += options.Samples)
                yield return Question(task, at, part, scores, likings);
        }
    }

    // Where prompts are made, which is not where they are answered.
    private Prompt Packed(Prompt prompt)
    {
        _run.PackPicture(_read++, prompt.Example);
        return prompt;
    }

    /// <summary>Writes samples.parquet, where there are several of each question.</summary>
    public void WriteSamples()
    {
        if (_run.Options.Samples > 1)
            ParquetFile.Write(Path.Combine(_run.Folder, "samples.parquet"), s_columns, _samples);
    }

    /// <summary>The run has its result: the journal is not needed any more.</summary>
    public void Finish() => _journal.Delete();

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        _liking?.Dispose();
    }

    private AskedQuestion Question(
        string task, int at, Rollout[] part, IReadOnlyList<TotalScore>? scores, IReadOnlyList<double>? likings)
    {
        int[] mine = [.. Enumerable.Range(at, _run.Options.Samples)];
        var question = new AskedQuestion(part[at].Prompt.Example,
            [.. mine.Select(i => scores is null ? ScoredAnswer.Of(part[i]) : ScoredAnswer.Of(part[i], scores[i]))],
            likings is null ? null : [.. mine.Select(i => likings[i])], [.. mine.Select(i => LogProb(part[i]))]);
        if (mine.Length > 1)
            _samples.AddRange(question.Answers.Select((answer, i) => (IReadOnlyList<object?>)[
                task.Length == 0 ? answer.Id : $"{task}/{answer.Id}", i, answer.Completion, question.Extracted[i],
                OptionText.Kebab(answer.Stop.ToString()), answer.Score.Value, answer.Truth.IsKnown ? answer.Correct.Value >= 1 : null,
                question.LogProbs[i], question.Likings?[i]]));
        return question;
    }

    // A scorer of best-of-n does not see the truth, nor anything that was paid for it.
    private IReadOnlyList<double>? Likings(Rollout[] part)
    {
        if (_run.Options.BestOf == ScoreOptions.Likelihood)
            return [.. part.Select(LogProb)];
        if (_liking is null)
            return null;
        Prompt[] blind = [.. part.Chunk(_run.Options.Samples).Select(samples => Blind(samples[0].Prompt))];
        return [.. _liking.Score([.. part.Select((rollout, i) => rollout with { Prompt = blind[i / _run.Options.Samples] })])
            .Select(total => total.Value)];
    }

    private static Prompt Blind(Prompt prompt) =>
        prompt with { Example = Example.Ask(prompt.Example.Messages, prompt.Example.Images, prompt.Id) };

    private static double LogProb(Rollout rollout) => rollout.LogProbs.Average(one => (double)one);
}
