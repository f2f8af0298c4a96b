using System.Globalization;
using System.Text.Json.Nodes;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>Judges behind an address: order, bound, time-outs, repetitions, and every way in which a server can fail.</summary>
public sealed class EndpointTests : IDisposable
{
    private const string Secret = "sk-Very-Secret-123";
    private readonly string _variable = $"JUDGE_KEY_{Guid.NewGuid():N}";

    public void Dispose() => Environment.SetEnvironmentVariable(_variable, null);

    [Fact]
    public async Task Replies_are_in_the_order_of_the_requests_and_temperature_is_zero()
    {
        using var server = new StubServer(call => call.SayAsync($"re: {call.Text}"));
        using ChatJudgeModel judge = Open(server);

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(20));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"re: q{i}"), replies.Select(reply => reply.Text));
        Assert.All(server.Bodies, body => Assert.Equal(("stub", 0f), ((string)body["model"]!, (float)body["temperature"]!)));
    }

    // Nobody is answered before 16 wait: fewer in flight would stand still, and more would be seen.
    [Fact]
    public async Task As_many_as_the_bound_are_in_flight_and_no_more()
    {
        var gates = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource()).ToArray();
        using var server = new StubServer(async call =>
        {
            if (call.Number % 16 == 15)
                gates[call.Number / 16].SetResult();
            await gates[call.Number / 16].Task;
            await call.SayAsync("[[1]]");
        });
        using ChatJudgeModel judge = Open(server, new() { Timeout = 30 });

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(64));

        Assert.All(replies, reply => Assert.Equal("[[1]]", reply.Text));
        Assert.Equal((64, 16), (server.Requests, server.MostInFlight));
    }

    [Fact]
    public async Task A_server_that_dies_in_the_middle_leaves_what_it_said_and_ends_the_run()
    {
        StubServer? server = null;
        using StubServer own = server = new StubServer(call => call.Number < 5 ? call.SayAsync("[[7]]") : Ended(call));
        using ChatJudgeModel judge = Open(own, new() { MaxConcurrency = 1, MaxRetries = 1, RetryDelay = 0 });

        List<JudgeReply> replies = [];
        UsageException ended = await Assert.ThrowsAsync<UsageException>(async () =>
        {
            await foreach (JudgeReply reply in judge.AskAsync(Requests(24), TestContext.Current.CancellationToken))
                replies.Add(reply);
        });
        UsageException again = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync(Requests(3)));

        Assert.Equal(24, replies.Count);
        Assert.Equal(5, replies.Count(reply => reply.Text == "[[7]]"));
        Assert.Equal((0, 11), (replies.Count(reply => reply.Failure == "answered what is no chat completion"),
            replies.Count(reply => reply.Failure.StartsWith("not asked: 8 requests in a row failed", StringComparison.Ordinal))));
        Assert.StartsWith("the judge answers no more; 19 of 24 requests were not answered: ", ended.Message, StringComparison.Ordinal);
        Assert.StartsWith("none of 3 requests to the judge was answered: ", again.Message, StringComparison.Ordinal);
        Assert.Contains("resume the run", ended.Fix, StringComparison.Ordinal);

        // A listener that is closed first sends an empty answer instead.
        async Task Ended(StubCall call)
        {
            await call.CutAsync();
            server!.Dispose();
        }
    }

    [Fact]
    public async Task One_that_hangs_is_timed_out_alone()
    {
        using var server = new StubServer(call => call.Text == "q1" ? call.HangAsync() : call.SayAsync("[[7]]"));
        using ChatJudgeModel judge = Open(server, new() { Timeout = 1.5 });

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(3));

        Assert.Equal(["[[7]]", null, "[[7]]"], replies.Select(reply => reply.Text));
        Assert.Equal("timed out after 1.5 s", replies[1].Failure);
    }

    [Theory]
    [InlineData("this is no JSON", "application/json")]
    [InlineData("<html><body>Bad gateway</body></html>", "text/html")]
    [InlineData("""{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[]}""", "application/json")]
    [InlineData("{}", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("""{"choices":"none"}""", "application/json")]
    [InlineData("""{"choices":[{"message":7}]}""", "application/json")]
    [InlineData("", "application/json")]
    public async Task Rubbish_is_no_answer_and_nothing_but_rubbish_ends_the_run(string body, string type)
    {
        using var server = new StubServer(call => call.Text == "q0" ? call.SayAsync("[[7]]") : call.SendAsync(200, body, type: type));
        using ChatJudgeModel judge = Open(server);

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(3));
        UsageException ended = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync([.. Requests(3).Skip(1)]));

        Assert.Equal(["[[7]]", null, null], replies.Select(reply => reply.Text));
        Assert.All(replies.Skip(1), reply => Assert.Equal("answered what is no chat completion", reply.Failure));
        Assert.StartsWith("none of 2 requests to the judge was answered", ended.Message, StringComparison.Ordinal);
    }

    // Each part of a good answer in turn is put in the place of each: whatever comes, it is an answer or none, and no crash.
    [Fact]
    public async Task Any_shape_of_an_answer_is_an_answer_or_none()
    {
        const string Good = """{"id":"1","object":"chat.completion","created":1,"model":"m","usage":{"prompt_tokens":1},"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"[[7]]"}}]}""";
        string[] parts = ["\"1\"", "\"chat.completion\"", ":1,", "\"m\"", "{\"prompt_tokens\":1}", "[{\"index\":0,", "\"stop\"", "{\"role\":\"assistant\",\"content\":\"[[7]]\"}", "\"assistant\"", "\"[[7]]\""];
        string[] others = ["null", "7", "-1e400", "\"\"", "\"x\"", "[]", "[null]", "{}", "true", "[{\"type\":\"text\",\"text\":\"[[7]]\"}]", "\"\\ud800\""];
        string[] bodies = [.. from part in parts from other in others select part switch
        {
            ":1," => Good.Replace(part, $":{other},", StringComparison.Ordinal),
            "[{\"index\":0," => Good.Replace(Good[Good.IndexOf("[{", StringComparison.Ordinal)..^1], other, StringComparison.Ordinal),
            _ => Good.Replace(part, other, StringComparison.Ordinal),
        }];
        using var server = new StubServer(call => call.Text == "q0" ? call.SayAsync("[[7]]")
            : call.SendAsync(200, bodies[int.Parse(call.Text[1..], CultureInfo.InvariantCulture) - 1]));
        using ChatJudgeModel judge = Open(server);

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(bodies.Length + 1));

        Assert.All(replies, reply => Assert.True(reply.Text is not null ^ reply.Failure.Length > 0));
        Assert.Contains(replies, reply => reply.Failure.Length > 0);
    }

    [Fact]
    public async Task A_reply_without_an_end_is_refused_and_asked_for_once()
    {
        using var server = new StubServer(async call =>
        {
            if (call.Text == "q0")
            {
                await call.SayAsync("[[7]]");
                return;
            }

            byte[] part = new byte[1 << 16];
            Array.Fill(part, (byte)' ');
            for (int sent = 0; sent < 40 << 20; sent += part.Length)
                await call.Context.Response.OutputStream.WriteAsync(part);
            call.Context.Response.Close();
        });
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 1 });

        JudgeReply huge = (await judge.AskAllAsync(Requests(2)))[1];

        Assert.Equal(("answered with more than 8 MiB", 2), (huge.Failure, server.Requests));
    }

    // Twelve fail, and never eight in a row: whoever is answered in between is worth asking on.
    [Fact]
    public async Task Failures_between_answers_are_no_outage()
    {
        using var server = new StubServer(call => call.Number % 2 == 0 ? call.SayAsync("[[7]]") : call.SendAsync(500, "{}"));
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 1, MaxRetries = 0 });

        IReadOnlyList<JudgeReply> replies = await judge.AskAllAsync(Requests(24));

        Assert.Equal((12, 24), (replies.Count(reply => reply.Text is not null), server.Requests));
    }

    // Moderation refuses a picture by 403: that is no wrong key where others were answered.
    [Fact]
    public async Task A_403_between_answers_is_of_one_request()
    {
        using var server = new StubServer(call => call.Text == "q1" ? call.SendAsync(403, "{}") : call.SayAsync("[[7]]"));
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 1 });

        Assert.Equal(["[[7]]", null, "[[7]]"], (await judge.AskAllAsync(Requests(3))).Select(reply => reply.Text));
    }

    [Theory]
    [InlineData("sk-Very-Secret-123")]
    [InlineData("")]
    [InlineData("7up")]
    [InlineData("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6")]
    public void A_key_in_place_of_its_variable_is_refused_and_not_shown(string variable)
    {
        UsageException refused = Assert.Throws<UsageException>(() => JudgeEndpoint.Open("http://127.0.0.1:9", "m", variable));

        Assert.Contains("no variable's name", refused.Message, StringComparison.Ordinal);
        Assert.True(variable.Length == 0 || !refused.Render().Contains(variable, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_that_asks_to_wait_is_waited_for(int status)
    {
        string date = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 40).ToString("R", CultureInfo.InvariantCulture);
        using var server = new StubServer(call => call.Number switch
        {
            0 => call.SendAsync(status, "{}", "17"),
            1 => call.SendAsync(status, "{}", date),
            _ => call.SayAsync("[[7]]"),
        });
        var clock = new NotedWaits();
        using ChatJudgeModel judge = Open(server, new() { Timeout = NotedWaits.Forever }, clock);

        Assert.Equal("[[7]]", (await judge.AskAllAsync(Requests(1)))[0].Text);

        Assert.Equal(2, clock.Waits.Count);
        Assert.Equal(17, clock.Waits.First().TotalSeconds);
        Assert.InRange(clock.Waits.Last().TotalSeconds, 20, 40);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_a_failure_at_once()
    {
        using var server = new StubServer(call => call.Number == 0 ? call.SayAsync("[[7]]") : call.SendAsync(429, "{}", "3600"));
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 1 });

        JudgeReply late = (await judge.AskAllAsync(Requests(2)))[1];

        Assert.Equal(2, server.Requests);
        Assert.StartsWith("HTTP 429", late.Failure, StringComparison.Ordinal);
        Assert.Contains("(asks to wait 3600 s)", late.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_answer_is_asked_for_again_after_waits_of_some_seconds_at_most()
    {
        using var server = new StubServer(call => call.Number switch
        {
            0 => call.SendAsync(500, "{}"),
            1 => call.CutAsync(),
            2 => call.SendAsync(502, "<html>"),
            _ => call.SayAsync("[[7]]"),
        });
        var clock = new NotedWaits();
        using ChatJudgeModel judge = Open(server, new() { Timeout = NotedWaits.Forever, RetryDelay = 1 }, clock);

        JudgeReply reply = (await judge.AskAllAsync(Requests(1)))[0];

        Assert.Equal(("[[7]]", ""), (reply.Text, reply.Failure));
        Assert.Equal((4, 3), (server.Requests, clock.Waits.Count));
        // Waits grow on average, and are drawn at random around that: no two runs ask at the same time.
        Assert.All(clock.Waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_wrong_key_ends_it_and_is_never_shown(int status)
    {
        Environment.SetEnvironmentVariable(_variable, Secret);
        string echo = """{"error":{"message":"Incorrect API key provided: KEY","code":"invalid_api_key"}}""".Replace("KEY", Secret, StringComparison.Ordinal);
        using var server = new StubServer(call => call.SendAsync(status, echo));
        using ChatJudgeModel judge = Open(server);

        UsageException refused = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync(Requests(40)));

        Assert.Equal($"the judge at {server.Address}/v1 refuses the key (HTTP {status})", refused.Message);
        Assert.Equal(3, refused.Render().Split('\n').Length);
        Assert.Contains(_variable, refused.Where, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Null(refused.InnerException);
        Assert.All(server.Keys, key => Assert.Equal($"Bearer {Secret}", key));
        Assert.DoesNotContain(Secret, judge.Identity, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_any_other_answer_is_not_shown_either()
    {
        Environment.SetEnvironmentVariable(_variable, Secret);
        using var server = new StubServer(call => call.Number == 0 ? call.SayAsync("[[7]]")
            : call.SendAsync(400, """{"error":{"message":"too long, KEY"}}""".Replace("KEY", Secret.ToUpperInvariant(), StringComparison.Ordinal)));
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 1 });

        JudgeReply refused = (await judge.AskAllAsync(Requests(2)))[1];

        Assert.StartsWith("HTTP 400: ", refused.Failure, StringComparison.Ordinal);
        Assert.Contains("too long, (key)", refused.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_a_server_that_wants_one_says_where_it_is_looked_for()
    {
        using var server = new StubServer(call => call.SendAsync(401, "{}"));
        using ChatJudgeModel judge = Open(server);

        UsageException refused = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync(Requests(1)));

        Assert.Contains("wants a key", refused.Message, StringComparison.Ordinal);
        Assert.Equal($"environment variable {_variable}, which is not set", refused.Where);
    }

    [Fact]
    public async Task An_unknown_model_ends_it()
    {
        using var server = new StubServer(call => call.SendAsync(404, """{"error":{"message":"no"}}"""));
        using ChatJudgeModel judge = Open(server);

        UsageException unknown = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync(Requests(5)));

        Assert.Equal($"there is no model 'stub' at {server.Address}/v1 (HTTP 404)", unknown.Message);
    }

    [Fact]
    public async Task Where_nothing_listens_it_ends_without_trying_again()
    {
        string address = $"http://127.0.0.1:{StubServer.FreePort()}/v1";
        var clock = new NotedWaits();
        using ChatJudgeModel judge = JudgeEndpoint.Open(address, "m", _variable, new() { Timeout = NotedWaits.Forever }, clock);

        UsageException silent = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync(Requests(40)));

        Assert.Equal($"nothing answers at {address}: connection refused", silent.Message);
        Assert.Empty(clock.Waits);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", null, "needs the name of a model")]
    [InlineData("http://127.0.0.1:1", "  ", "needs the name of a model")]
    [InlineData("ftp://127.0.0.1:1", "m", "is none of http")]
    [InlineData("http://", "m", "is none of http")]
    [InlineData("http://me:hidden@127.0.0.1", "m", "holds a password or a query")]
    [InlineData("http://127.0.0.1/v1?key=hidden", "m", "holds a password or a query")]
    public void What_is_no_address_is_refused_before_anything_is_sent(string address, string? model, string problem)
    {
        UsageException refused = Assert.Throws<UsageException>(() => JudgeEndpoint.Open(address, model, _variable));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", refused.Render(), StringComparison.Ordinal);
        Assert.Equal(3, refused.Render().Split('\n').Length);
    }

    // Over http anyone on the way could read it; this machine itself is no way.
    [Theory]
    [InlineData("http://192.0.2.1:8000", false)]
    [InlineData("https://192.0.2.1:8000", true)]
    [InlineData("http://127.0.0.1:9", true)]
    public void A_key_is_never_to_be_sent_in_the_clear(string address, bool sent)
    {
        const string key = "sk-Very-Secret-789";
        Environment.SetEnvironmentVariable(_variable, key);
        if (sent)
        {
            JudgeEndpoint.Open(address, "m", _variable).Dispose();
            return;
        }

        UsageException refused = Assert.Throws<UsageException>(() => JudgeEndpoint.Open(address, "m", _variable));

        Assert.Contains("unencrypted", refused.Message, StringComparison.Ordinal);
        Assert.Equal($"environment variable {_variable}", refused.Where);
        Assert.DoesNotContain(key, refused.Render(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1")]
    [InlineData("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1")]
    [InlineData("https://a.example/api/v3/", "https://a.example/api/v3")]
    [InlineData("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000/v1")]
    public void Addresses_are_read_as_people_write_them(string written, string read) =>
        Assert.Equal(read, JudgeEndpoint.Read(written).ToString());

    // Servers differ in whether they turn a picture as its Exif data says: that one goes as the pixels that are seen here.
    [Theory]
    [InlineData(false, "data:image/jpeg;base64,")]
    [InlineData(true, "data:image/png;base64,")]
    public async Task A_JPEG_file_goes_as_it_is_unless_it_may_be_turned(bool turned, string start)
    {
        byte[] file = Jpeg(turned);
        using StubServer server = StubServer.Saying("[[7]]");
        using ChatJudgeModel judge = Open(server);

        await judge.AskAllAsync([new("a", [Message.User("one", 1)], [ImageSource.FromBytes(file)])]);

        string link = (string)server.Bodies.Single()["messages"]![0]!["content"]![0]!["image_url"]!["url"]!;
        Assert.StartsWith(start, link, StringComparison.Ordinal);
        byte[] sent = Convert.FromBase64String(link.Split(',')[1]);
        Assert.Equal(!turned, sent.AsSpan().SequenceEqual(file));
        RgbImage arrived = ImageSource.FromBytes(sent).Decode("a");
        Assert.Equal(ImageSource.FromBytes(file).Decode("a").Pixels, arrived.Pixels);
    }

    private static byte[] Jpeg(bool turned)
    {
        using var image = new SixLabors.ImageSharp.Image<SixLabors.ImageSharp.PixelFormats.Rgb24>(6, 4);
        if (turned)
        {
            image.Metadata.ExifProfile = new();
            image.Metadata.ExifProfile.SetValue(SixLabors.ImageSharp.Metadata.Profiles.Exif.ExifTag.Orientation, (ushort)6);
        }

        using var stream = new MemoryStream();
        image.Save(stream, new SixLabors.ImageSharp.Formats.Jpeg.JpegEncoder());
        return stream.ToArray();
    }

    // Noise, which no lossy format keeps.
    [Fact]
    public async Task Pictures_arrive_bit_by_bit()
    {
        var random = new RandomStream(1, "noise");
        var image = new RgbImage(5, 4, [.. Enumerable.Range(0, 60).Select(_ => (byte)random.Next(256))]);
        using StubServer server = StubServer.Saying("[[7]]");
        using ChatJudgeModel judge = Open(server);

        await judge.AskAllAsync([new("a", [Message.User("two", 2)], [ImageSource.FromImage(image), ImageSource.FromPart(ImageSource.FromImage(image), 1, 1, 2, 3)])]);

        JsonArray parts = server.Bodies.Single()["messages"]![0]!["content"]!.AsArray();
        string[] links = [.. parts.Where(part => (string?)part!["type"] == "image_url").Select(part => (string)part!["image_url"]!["url"]!)];
        Assert.Equal(["image_url", "image_url", "text"], parts.Select(part => (string)part!["type"]!));
        Assert.All(links, link => Assert.StartsWith("data:image/png;base64,", link, StringComparison.Ordinal));
        RgbImage[] arrived = [.. links.Select(link => ImageSource.FromBytes(Convert.FromBase64String(link.Split(',')[1])).Decode("a"))];
        Assert.Equal(image.Pixels, arrived[0].Pixels);
        Assert.Equal((2, 3), (arrived[1].Width, arrived[1].Height));
    }

    [Fact]
    public async Task A_picture_that_cannot_be_read_names_its_record()
    {
        using StubServer server = StubServer.Saying("[[7]]");
        using ChatJudgeModel judge = Open(server);

        UsageException unread = await Assert.ThrowsAsync<UsageException>(() => judge.AskAllAsync([JudgeRequest.Of("row 7", "what?", ["/nowhere/a.png"])]));

        Assert.Contains("row 7", unread.Where, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public async Task What_is_cancelled_ends_at_once_and_the_judge_goes_on()
    {
        var asked = new TaskCompletionSource();
        using var server = new StubServer(call =>
        {
            asked.TrySetResult();
            return call.Text == "again" ? call.SayAsync("[[7]]") : call.HangAsync();
        });
        using ChatJudgeModel judge = Open(server, new() { MaxConcurrency = 2, Timeout = 600 });
        using var cancel = new CancellationTokenSource();

        Task<IReadOnlyList<JudgeReply>> call = judge.AskAllAsync(Requests(9), cancel.Token);
        await asked.Task;
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("[[7]]", (await judge.AskAllAsync([JudgeRequest.Of("b", "again", [])]))[0].Text);
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_says_so()
    {
        using var server = new StubServer(call => call.SayAsync("I think", "length"));
        using ChatJudgeModel judge = Open(server);

        Assert.True((await judge.AskAllAsync(Requests(1)))[0].IsTruncated);
    }

    private ChatJudgeModel Open(StubServer server, EndpointOptions? options = null, TimeProvider? clock = null) =>
        JudgeEndpoint.Open(server.Address, "stub", _variable, options ?? new(), clock ?? TimeProvider.System);

    private static JudgeRequest[] Requests(int count) =>
        [.. Enumerable.Range(0, count).Select(i => JudgeRequest.Of($"row {i}", $"q{i}", []))];
}
