using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Recipes.Tests;

/// <summary>./vlm judge, with a judge behind an address of this machine.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class JudgeTests(RecipeRuns runs) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("judge-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_gets_a_line_for_each_row_and_nothing_is_asked_twice()
    {
        string data = Write("""
            {"id": "a", "question": "How many?", "answer": "7", "completion": "seven"}
            {"id": "b", "question": "How many?", "answer": "7", "completion": "none"}
            """);
        int asked = 0;
        using Stub stub = new(text => { asked++; return text.Contains("seven", StringComparison.Ordinal) ? "Right. [[10]]" : "who knows"; });
        string[] words = [data, "--judge", stub.Address, "--judge-model", "m", "--judge-cache", Path.Combine(_folder, "cache.jsonl")];

        Outcome first = runs.Run("judge", words), again = runs.Run("judge", words);

        JsonObject[] lines = Lines(first);
        Assert.Equal(["a", "b"], lines.Select(line => (string)line["id"]!));
        Assert.Equal([1.0, null], lines.Select(line => (double?)line["score"]));
        Assert.Equal("no verdict in 'who knows'", (string)lines[1]["reason"]!);
        Assert.Contains("1 scored, 1 not; 2 requests, 0 of them cached, 0 failed, 1 without a verdict", first.Errors, StringComparison.Ordinal);
        Assert.Equal((first.Output, 2), (again.Output, asked));
    }

    [Fact]
    public void Two_answers_in_a_row_are_compared_in_both_orders()
    {
        string data = Write("""{"id": "a", "question": "How many?", "answer": "7", "response_a": "seven", "response_b": "none"}""");
        using Stub stub = new(text => text.IndexOf("seven", StringComparison.Ordinal) < text.IndexOf("none", StringComparison.Ordinal) ? "[[A]]" : "[[B]]");

        Outcome outcome = runs.Run("judge", data, "--judge", stub.Address, "--judge-model", "m");

        JsonObject line = Lines(outcome).Single();
        Assert.Equal(("a", 1.0, "a"), ((string)line["id"]!, (double)line["score"]!, (string)line["better"]!));
        Assert.Contains("position bias 0 % of 1 pairs", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("judge needs --judge: folder of a model")]
    [InlineData("a judge behind an address needs the name of its model", "--judge", "http://127.0.0.1:9/v1")]
    [InlineData("--judge-mode must be one of pointwise, reference", "--judge", "http://127.0.0.1:9/v1", "--judge-model", "m", "--judge-mode", "pointwize")]
    [InlineData("there is no rubric 'pointwize'", "--judge", "http://127.0.0.1:9/v1", "--judge-model", "m", "--rubric", "pointwize")]
    [InlineData("nothing answers at http://127.0.0.1:9/v1", "--judge", "http://127.0.0.1:9/v1", "--judge-model", "m")]
    public void What_cannot_be_is_said_in_three_lines(string problem, params string[] words)
    {
        string data = Write("""{"id": "a", "question": "How many?", "answer": "7", "completion": "seven"}""");

        Outcome outcome = runs.Run("judge", [data, .. words]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"error: {problem}", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(3, outcome.Errors.TrimEnd().Split('\n').Length);
        Assert.Empty(outcome.Output);
    }

    private static JsonObject[] Lines(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private string Write(string text)
    {
        string path = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllText(path, text);
        return path;
    }

    private sealed class Stub : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Func<string, string> _say;

        public Stub(Func<string, string> say)
        {
            _say = say;
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
            free.Stop();
            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _listener.BeginGetContext(Answer, null);
        }

        public string Address { get; }

        public void Dispose() => _listener.Close();

        private void Answer(IAsyncResult result)
        {
            if (!_listener.IsListening)
                return;
            HttpListenerContext context = _listener.EndGetContext(result);
            using var reader = new StreamReader(context.Request.InputStream);
            string text = _say(reader.ReadToEnd());
            byte[] reply = Encoding.UTF8.GetBytes(new JsonObject
            {
                ["id"] = "1",
                ["object"] = "chat.completion",
                ["created"] = 1,
                ["model"] = "m",
                ["choices"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0,
                    ["finish_reason"] = "stop",
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
                }),
            }.ToJsonString());
            context.Response.ContentType = "application/json";
            context.Response.OutputStream.Write(reply);
            context.Response.Close();
            _listener.BeginGetContext(Answer, null);
        }
    }
}
