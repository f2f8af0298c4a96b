using System.Globalization;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned.Judges;

/// <summary>Asks a language model what answers say, for tasks whose scorers do. What it did not answer is not scored, and in no mean.</summary>
sealed class JudgedAnswers : IDisposable
{
    private static readonly AnswerFormat s_whole = AnswerFormat.Table["whole"];
    private readonly Run<ScoreOptions> _run;
    private readonly IJudgeModel _judge;

    private JudgedAnswers(Run<ScoreOptions> run, IJudgeModel judge) => (_run, _judge) = (run, judge);

    /// <summary>The judge of the tasks; null where none needs one.</summary>
    /// <exception cref="UsageException">A task needs one and none is named, or there is no such folder or address.</exception>
    public static JudgedAnswers? Open(Run<ScoreOptions> run, IEnumerable<Benchmark> tasks)
    {
        if (tasks.FirstOrDefault(task => task.Ruling is not null) is not { } task)
            return null;
        string judge = run.Options.Judge ?? throw new UsageException(
            $"the scorer of {task.Name} asks a language model what an answer says, and no judge is named", $"--task {task.Name}",
            "--judge FOLDER of a model, or --judge http://127.0.0.1:8000/v1 --judge-model NAME");
        return new(run, run.Options.Rewards.Judge.Model(judge, run.Folder, run.Device.ToString(), run.Logger));
    }

    /// <summary>What answers to a task's questions earn; null for a task that asks nobody.</summary>
    public Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? Of(Benchmark task, BenchmarkData data, BenchmarkOptions asking)
    {
        if (task.Ruling is null)
            return null;
        Dictionary<string, BenchmarkQuestion> questions = data.Questions.ToDictionary(question => question.Example.Id);
        return rollouts => [.. Settled(rollouts, [.. rollouts.Select(rollout =>
            task.Rule(rollout.Text, questions[rollout.Prompt.Example.Id], asking.Mode))])
            .Select(score => Total(task.Metric, score))];
    }

    /// <inheritdoc/>
    public void Dispose() => _judge.Dispose();

    // All that is open is asked at once, until nothing is.
    private IEnumerable<Score> Settled(IReadOnlyList<Rollout> rollouts, Ruling[] rulings)
    {
        int failed = 0;
        string why = "";
        while (Enumerable.Range(0, rulings.Length).Where(i => rulings[i] is Ruling.Ask).ToArray() is { Length: > 0 } open)
        {
            JudgeRequest[] requests = [.. open.Select(i =>
                JudgeRequest.Of(rollouts[i].Prompt.Example.Id, ((Ruling.Ask)rulings[i]).Prompt, []))];
            IReadOnlyList<JudgeReply> replies = _judge.AskAllAsync(requests, _run.Token).GetAwaiter().GetResult();
            foreach ((int i, JudgeReply reply) in open.Zip(replies))
            {
                rulings[i] = Next((Ruling.Ask)rulings[i], reply);
                (failed, why) = reply.Text is null ? (failed + 1, reply.Failure) : (failed, why);
            }
        }

        if (failed > 0)
            _run.Say(string.Create(CultureInfo.InvariantCulture,
                $"{failed} of {rulings.Length} answers were not judged, and are left out; the last: {why}"));
        return rulings.Select(ruling => ((Ruling.Given)ruling).Score);
    }

    private static TotalScore Total(string metric, Score score) => (double.IsNaN(score.Value)
        ? TotalScore.None.PlusUnscored(metric, 1, score.Reason) : TotalScore.Of(new ScorePart(metric, 1, score))).WithAccuracy(metric);

    // A judge's failure says nothing of the answer: it is no zero.
    private static Ruling.Given NotJudged(string why) => new(new Score(double.NaN, $"not judged: {why}"));

    // The judge's thinking is no part of its reply.
    private static Ruling Next(Ruling.Ask ask, JudgeReply reply)
    {
        if (reply.Text is not { } text)
            return NotJudged(reply.Failure);
        Answer said = s_whole.Read(text);
        return said.Text is { } answer ? ask.Next(answer) : NotJudged(said.Problem);
    }
}
