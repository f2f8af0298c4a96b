using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vlm.Grpo;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

/// <summary>A judge behind an address of this machine, and what it takes beside the time of its server.</summary>
static class JudgeBench
{
    private const int OfAQuestion = 8;

    /// <summary>Seconds until all are judged; the first call warms up.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Dictionary<string, object> Measure(BenchLearnedOptions options, CancellationToken cancel)
    {
        using var server = new SlowJudge(TimeSpan.FromSeconds(options.JudgeSeconds));
        int questions = (options.Judged + OfAQuestion - 1) / OfAQuestion;
        Completion[] judged = [.. BenchedAnswers.Of(questions, OfAQuestion, text => text.Split(' ').Length).Take(options.Judged)];
        // No key is sent, whatever variables there are: the server is not asked whose it is.
        ChatJudgeModel model = JudgeEndpoint.Open(
            server.Address, "slow", "BENCH_LEARNED_HAS_NO_KEY", new() { MaxConcurrency = options.JudgeConcurrency });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Pointwise);
        double[] seconds = [.. Enumerable.Range(0, options.Repeats + 1).Select(_ => Seconds(judge, judged, cancel)).Skip(1)];
        return new()
        {
            ["judged"] = judged.Length,
            ["judge_s"] = Math.Round(Run.MedianOf(seconds), 4),
            ["judge_least_s"] = Math.Round(Math.Ceiling((double)judged.Length / options.JudgeConcurrency) * options.JudgeSeconds, 4),
        };
    }

    private static double Seconds(IJudge judge, Completion[] judged, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyList<LearnedScore> scores = judge.ScoreAsync(judged, cancel).GetAwaiter().GetResult();
        double seconds = clock.Elapsed.TotalSeconds;
        return scores.All(score => score.Value is not null) ? seconds : throw new InvalidOperationException("the judge answers every request");
    }
}

/// <summary>A server that answers every chat with the same verdict, after a while.</summary>
sealed class SlowJudge : IDisposable
{
    private static readonly byte[] s_answer = System.Text.Encoding.UTF8.GetBytes(new JsonObject
    {
        ["id"] = "1",
        ["object"] = "chat.completion",
        ["created"] = 1,
        ["model"] = "slow",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["finish_reason"] = "stop",
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = "[[7]]" },
        }),
    }.ToJsonString());

    private readonly HttpListener _listener = new();
    private readonly TimeSpan _wait;

    /// <summary>Listens at any port of this machine that is free.</summary>
    /// <param name="wait">Before each answer.</param>
    public SlowJudge(TimeSpan wait)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }
        _wait = wait;
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(ListenAsync);
    }

    /// <summary>Where it is.</summary>
    public string Address { get; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private async Task ListenAsync()
    {
        while (true)
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        await context.Request.InputStream.CopyToAsync(Stream.Null);
        await Task.Delay(_wait);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength64 = s_answer.Length;
        await context.Response.OutputStream.WriteAsync(s_answer);
        context.Response.Close();
    }
}
