using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>Answers that are kept: nothing is asked twice, nothing is lost, and nothing half-written is read.</summary>
public sealed class CacheTests : IDisposable
{
    private static readonly RgbImage s_white = new(1, 1, [255, 255, 255]), s_black = new(1, 1, [0, 0, 0]);
    private readonly string _folder = Directory.CreateTempSubdirectory("judge-cache-").FullName;

    private string File => Path.Combine(_folder, "deep", "judge.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_resumed_run_asks_nothing_twice()
    {
        (ScriptedJudge first, ScriptedJudge second) = (Echo(), Echo());
        using (var before = new CachedJudgeModel(first, File))
            await before.AskAllAsync(Requests("a", "b\nÄ€\uD83D\uDE00"));

        using var after = new CachedJudgeModel(second, File);
        IReadOnlyList<JudgeReply> replies = await after.AskAllAsync(Requests("b\nÄ€\uD83D\uDE00", "c", "a"));

        Assert.Equal(["re: b\nÄ€\uD83D\uDE00", "re: c", "re: a"], replies.Select(reply => reply.Text));
        Assert.Equal([true, false, true], replies.Select(reply => reply.IsCached));
        Assert.Equal(["c"], second.Asked.Select(ScriptedJudge.TextOf));
        Assert.Equal(3, after.Count);
    }

    [Fact]
    public async Task Words_pictures_and_judges_that_differ_are_asked_apart()
    {
        ScriptedJudge judge = Echo(), other = Echo("another");
        using (var cached = new CachedJudgeModel(judge, File))
            await cached.AskAllAsync([
                JudgeRequest.Of("1", "a", [s_white]), JudgeRequest.Of("2", "a", [s_black]), JudgeRequest.Of("3", "a", []),
                JudgeRequest.Of("4", "a", [s_white]), new("5", [Message.User("a"), Message.User("b")], []), new("6", [Message.User("ab")], []),
                new("7", [Message.User("ab") with { Role = "system" }], [])]);
        using (var cached = new CachedJudgeModel(other, File))
            await cached.AskAllAsync(Requests("a"));

        Assert.Equal(6, judge.Asked.Count);
        Assert.Single(other.Asked);
    }

    [Fact]
    public async Task Equal_requests_of_a_call_are_asked_once_and_failures_again()
    {
        bool up = false;
        var judge = new ScriptedJudge(_ => up ? "[[7]]" : null);
        using var cached = new CachedJudgeModel(judge, File);

        IReadOnlyList<JudgeReply> down = await cached.AskAllAsync(Requests("a", "a", "a"));
        up = true;
        IReadOnlyList<JudgeReply> then = await cached.AskAllAsync(Requests("a", "a"));

        Assert.All(down, reply => Assert.Equal((null, false), (reply.Text, reply.IsCached)));
        Assert.Equal([false, true], then.Select(reply => reply.IsCached));
        Assert.Equal(2, judge.Asked.Count);
    }

    // A process that is killed while it writes leaves any beginning of a line.
    [Fact]
    public async Task A_torn_last_line_is_taken_away_wherever_it_is_torn()
    {
        using (var cached = new CachedJudgeModel(Echo(), File))
            await cached.AskAllAsync(Requests("a"));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int torn = 1; torn < whole.Length; torn += 7)
        {
            System.IO.File.WriteAllBytes(File, [.. whole, .. whole[..torn]]);
            ScriptedJudge judge = Echo();
            using (var cached = new CachedJudgeModel(judge, File))
                await cached.AskAllAsync(Requests("a", "b"));

            Assert.Equal(["b"], judge.Asked.Select(ScriptedJudge.TextOf));
            Assert.Equal(2, System.IO.File.ReadAllLines(File).Length);
            Assert.Equal(whole, System.IO.File.ReadAllBytes(File)[..whole.Length]);
        }
    }

    [Theory]
    [InlineData("{\"steps\": 100}")]
    [InlineData("a photograph")]
    [InlineData("notes\nwithout an end")]
    [InlineData("{\"key\":\"a\",\"text\":\"b\"}\nand notes")]
    public void A_file_of_something_else_stays_as_it_is(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, text);

        Assert.Throws<UsageException>(() => new CachedJudgeModel(Echo(), File));

        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task What_was_answered_before_a_call_is_cancelled_is_kept()
    {
        using var cancel = new CancellationTokenSource();
        int left = 3;
        var judge = new ScriptedJudge(_ =>
        {
            if (--left == 0)
                cancel.Cancel();
            return "[[7]]";
        });
        using (var cached = new CachedJudgeModel(judge, File))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cached.AskAllAsync(Requests("a", "b", "c", "d", "e"), cancel.Token));

        using var again = new CachedJudgeModel(Echo(), File);
        Assert.Equal(3, again.Count);
    }

    [Fact]
    public void One_writes_a_file_at_a_time_and_other_files_are_not_taken_for_it()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        using (new FileStream(File, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            UsageException second = Assert.Throws<UsageException>(() => new CachedJudgeModel(Echo(), File));
            Assert.StartsWith("the judge's replies cannot be kept", second.Message, StringComparison.Ordinal);
        }

        System.IO.File.WriteAllText(File, "{\"key\": \"a\", \"text\": \"b\"}\n{\"id\": 7}\n");
        UsageException other = Assert.Throws<UsageException>(() => new CachedJudgeModel(Echo(), File));
        Assert.Equal($"{File}, line 2", other.Where);
        Assert.Throws<UsageException>(() => new CachedJudgeModel(Echo(), _folder));
        Assert.Throws<ArgumentException>(() => new CachedJudgeModel(Echo(null), File));
    }

    // Two judges of a run, told to keep their answers in one file: each finds its own again, whatever the other said.
    [Fact]
    public async Task Judges_of_one_run_share_a_file_and_are_told_apart_when_it_is_resumed()
    {
        var example = Example.Ask([Message.User("what?")], [], "row");
        Completion[] asked = [new(example, "x"), new(example, "y")];
        var strict = new Rubric("strict", "Be strict. {question} {answer}", VerdictForm.Score);
        (double?[] First, double?[] Second, double?[] Strict, int Asked)[] runs = [await ScoresAsync(), await ScoresAsync()];

        Assert.Equal([0.0, 0.0], runs[0].First);
        Assert.Equal([1.0, 1.0], runs[0].Second);
        Assert.Equal([4 / 9.0, 4 / 9.0], runs[0].Strict);
        Assert.Equal((6, 0), (runs[0].Asked, runs[1].Asked));
        Assert.Equal([runs[0].First, runs[0].Second, runs[0].Strict], [runs[1].First, runs[1].Second, runs[1].Strict]);

        async Task<(double?[], double?[], double?[], int)> ScoresAsync()
        {
            ScriptedJudge low = new(_ => "[[1]]", "low"), high = new(request => Strictly(request) ? "[[5]]" : "[[10]]", "high");
            ScriptedJudge again = new(_ => "[[5]]", "high");
            using var first = new PointwiseJudge(new CachedJudgeModel(low, File), RubricPresets.Pointwise);
            using var second = new PointwiseJudge(new CachedJudgeModel(high, File), RubricPresets.Pointwise);
            using var third = new PointwiseJudge(new CachedJudgeModel(again, File), strict);
            return (await Of(first), await Of(second), await Of(third), low.Asked.Count + high.Asked.Count + again.Asked.Count);
        }

        async Task<double?[]> Of(IJudge judge) => [.. (await judge.ScoreAsync(asked)).Select(score => score.Value)];

        static bool Strictly(JudgeRequest request) => ScriptedJudge.TextOf(request).StartsWith("Be strict.", StringComparison.Ordinal);
    }

    // One of two that share a file ends: the other still keeps what it hears.
    [Fact]
    public async Task A_file_stays_open_until_the_last_of_its_judges_ends()
    {
        var first = new CachedJudgeModel(Echo(), File);
        using (var second = new CachedJudgeModel(Echo(), File))
        {
            first.Dispose();
            first.Dispose();
            await second.AskAllAsync(Requests("a"));
        }

        Assert.Single(System.IO.File.ReadAllLines(File));
        using var alone = new FileStream(File, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    // Both ask before either is answered: what the run saw is what the file has.
    [Fact]
    public async Task Of_two_answers_to_one_request_both_get_the_one_that_is_kept()
    {
        using var both = new Barrier(2);
        int number = 0;
        ScriptedJudge Slow() => new(_ =>
        {
            both.SignalAndWait(TimeSpan.FromSeconds(20));
            return $"{Interlocked.Increment(ref number)}";
        });
        using var first = new CachedJudgeModel(Slow(), File);
        using var second = new CachedJudgeModel(Slow(), File);

        IReadOnlyList<JudgeReply>[] replies = await Task.WhenAll(
            Task.Run(() => first.AskAllAsync(Requests("a"))), Task.Run(() => second.AskAllAsync(Requests("a"))));

        Assert.Equal(2, number);
        Assert.Equal(replies[0][0].Text, replies[1][0].Text);
    }

    [Fact]
    public async Task Calls_at_once_keep_whole_lines()
    {
        using (var cached = new CachedJudgeModel(new ParallelEcho(), File))
            await Task.WhenAll(Enumerable.Range(0, 8).Select(call => Task.Run(() =>
                cached.AskAllAsync(Requests([.. Enumerable.Range(0, 50).Select(i => $"{call % 4} {i}")])))));

        Assert.Equal(200, System.IO.File.ReadAllLines(File).Length);
        using var again = new CachedJudgeModel(new ParallelEcho(), File);
        Assert.Equal(200, again.Count);
    }

    private static ScriptedJudge Echo(string? identity = "echo") => new(request => $"re: {ScriptedJudge.TextOf(request)}", identity);

    private static JudgeRequest[] Requests(params string[] texts) => [.. texts.Select(text => JudgeRequest.Of("row", text, []))];

    private sealed class ParallelEcho : IJudgeModel
    {
        public string? Identity => "parallel";

        public async IAsyncEnumerable<JudgeReply> AskAsync(
            IReadOnlyList<JudgeRequest> requests, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default)
        {
            for (int i = 0; i < requests.Count; i++)
            {
                await Task.Yield();
                yield return JudgeReply.Answered(i, ScriptedJudge.TextOf(requests[i]));
            }
        }

        public void Dispose()
        {
        }
    }
}
