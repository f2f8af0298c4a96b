using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Who is asked, about what, and a count of it all: what every judge holds. Safe to use from several threads.
/// </summary>
internal sealed class JudgeSession : IDisposable
{
    private const int Shown = 80;
    private readonly IJudgeModel _model;
    private readonly ILogger? _log;
    private readonly Lock _lock = new();
    private JudgeCounts _counts = new();

    public JudgeSession(IJudgeModel model, Rubric rubric, JudgeMode mode, JudgeSettings? settings, ILogger? log)
    {
        (_model, Rubric, Settings, _log) = (model, rubric.For(mode), OptionsCheck.Validate(settings ?? new()), log);
        OptionsCheck.Validate(Settings.LengthCost);
    }

    public Rubric Rubric { get; }

    public JudgeSettings Settings { get; }

    public JudgeCounts Counts
    {
        get
        {
            lock (_lock)
                return _counts;
        }
    }

    /// <summary>The replies in the order of the requests, and how they came.</summary>
    public async Task<(IReadOnlyList<JudgeReply> Replies, JudgeCounts Counts)> AskAsync(
        IReadOnlyList<JudgeRequest> requests, CancellationToken cancel)
    {
        IReadOnlyList<JudgeReply> replies = await _model.AskAllAsync(requests, cancel).ConfigureAwait(false);
        return (replies, new JudgeCounts
        {
            Requests = replies.Count,
            Cached = replies.Count(reply => reply.IsCached),
            Failed = replies.Count(reply => reply.Text is null),
        });
    }

    /// <summary>A score for each completion: one request each.</summary>
    /// <param name="completions">What is judged.</param>
    /// <param name="read">Reads the verdict of a reply.</param>
    /// <param name="score">The score of a verdict, from the completion and what the judge explained.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync<T>(
        IReadOnlyList<Completion> completions, Func<string, Verdict<T>> read,
        Func<T, Completion, string, LearnedScore> score, CancellationToken cancel)
    {
        JudgeRequest[] requests = [.. completions.Select(
            item => JudgePrompts.Of(Rubric, item.Example, item.Text, Settings.SendsImages))];
        (IReadOnlyList<JudgeReply> replies, JudgeCounts counts) = await AskAsync(requests, cancel)
            .ConfigureAwait(false);
        Verdict<T>[] verdicts = [.. replies.Select(reply => Read(reply, read))];
        Add(counts with { NoVerdict = NoVerdicts(replies, verdicts) },
            scored: verdicts.Count(verdict => verdict.IsGiven), verdicts.Length);
        return [.. verdicts.Select((verdict, i) => verdict.IsGiven
            ? score(verdict.Value, completions[i], Words(replies[i].Text!)) : LearnedScore.NotScored(verdict.Problem))];
    }

    /// <summary>The verdict of a reply; where it failed, or is none, it says why.</summary>
    public static Verdict<T> Read<T>(JudgeReply reply, Func<string, Verdict<T>> read)
    {
        if (reply.Text is not { } text)
            return Verdict.None<T>($"not answered: {reply.Failure}");
        Verdict<T> verdict = read(text);
        return verdict.IsGiven || !reply.IsTruncated ? verdict
            : Verdict.None<T>($"{verdict.Problem} (cut off where its length ends)");
    }

    /// <summary>Counts what a call came to, and logs it.</summary>
    public void Add(JudgeCounts call, int scored, int all)
    {
        call = call with { Scored = scored, NotScored = all - scored };
        lock (_lock)
            _counts = _counts.Plus(call);
        _log.Line($"{Settings.Name}: {call}");
        if (call.NoVerdict > 0 && call.NoVerdict == call.Requests - call.Failed)
            _log.Line(
                $"{Settings.Name}: none of its {call.NoVerdict} answers is a verdict; does it follow the rubric?",
                LogLevel.Warning);
    }

    /// <summary>How many replies were answers and no verdicts.</summary>
    public static int NoVerdicts<T>(IReadOnlyList<JudgeReply> replies, IReadOnlyList<Verdict<T>> verdicts) =>
        replies.Zip(verdicts).Count(pair => pair.First.Text is not null && !pair.Second.IsGiven);

    /// <summary>The beginning of what a judge explained, on a line.</summary>
    public static string Words(string text)
    {
        string rest = Thinking.After(text).Text ?? "";
        string line = string.Join(' ', rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Shown ? line : line[..Shown] + " ...";
    }

    public void Dispose() => _model.Dispose();
}
