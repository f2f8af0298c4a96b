using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Learned.Tests.Judges;

/// <summary>A chat completion server on this machine: what it was asked, how many at once, and what it answers.</summary>
internal sealed class StubServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _ended = new();
    private int _inFlight, _requests, _most;

    /// <param name="answer">Answers the n-th request, from 0.</param>
    /// <param name="port">Where it listens; null for any port that is free.</param>
    public StubServer(Func<StubCall, Task> answer, int? port = null)
    {
        Address = $"http://127.0.0.1:{port ?? FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(() => ListenAsync(answer));
    }

    public string Address { get; }

    public int Requests => _requests;

    public int MostInFlight => _most;

    public ConcurrentQueue<JsonNode> Bodies { get; } = [];

    public ConcurrentQueue<string?> Keys { get; } = [];

    /// <summary>One that answers all alike.</summary>
    public static StubServer Saying(string text) => new(call => call.SayAsync(text));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Close();
    }

    private async Task ListenAsync(Func<StubCall, Task> answer)
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            int number = Interlocked.Increment(ref _requests) - 1;
            _ = Task.Run(() => AnswerAsync(answer, context, number));
        }
    }

    private async Task AnswerAsync(Func<StubCall, Task> answer, HttpListenerContext context, int number)
    {
        int now = Interlocked.Increment(ref _inFlight);
        for (int most = _most; now > most && Interlocked.CompareExchange(ref _most, now, most) != most;)
            most = _most;
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            JsonNode body = JsonNode.Parse(await reader.ReadToEndAsync())!;
            Bodies.Enqueue(body);
            Keys.Enqueue(context.Request.Headers["Authorization"]);
            await answer(new StubCall(number, body, context, () => Interlocked.Decrement(ref _inFlight), _ended.Token));
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException or OperationCanceledException)
        {
        }
    }
}

/// <summary>One request to a <see cref="StubServer"/>.</summary>
internal sealed record StubCall(int Number, JsonNode Body, HttpListenerContext Context, Action Leave, CancellationToken Ended)
{
    /// <summary>The text of the user's turn.</summary>
    public string Text => Body["messages"]![0]!["content"] is JsonArray parts
        ? string.Concat(parts.Where(part => (string?)part!["type"] == "text").Select(part => (string?)part!["text"]))
        : (string)Body["messages"]![0]!["content"]!;

    public Task SayAsync(string text, string finish = "stop") => SendAsync(200, new JsonObject
    {
        ["id"] = "1",
        ["object"] = "chat.completion",
        ["created"] = 1,
        ["model"] = "stub",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["finish_reason"] = finish,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
        }),
    }.ToJsonString());

    public async Task SendAsync(int status, string body, string? retryAfter = null, string type = "application/json")
    {
        Context.Response.StatusCode = status;
        Context.Response.ContentType = type;
        if (retryAfter is not null)
            Context.Response.Headers["Retry-After"] = retryAfter;
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        Context.Response.ContentLength64 = bytes.Length;
        Leave();
        await Context.Response.OutputStream.WriteAsync(bytes);
        Context.Response.Close();
    }

    /// <summary>Says nothing until the server ends.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, Ended);

    /// <summary>Cuts the connection in the middle of an answer.</summary>
    public async Task CutAsync()
    {
        Leave();
        Context.Response.ContentLength64 = 1000;
        await Context.Response.OutputStream.WriteAsync("{\"id\":"u8.ToArray());
        await Context.Response.OutputStream.FlushAsync();
        Context.Response.Abort();
    }
}

/// <summary>A clock on which waits are noted and over at once; only the longest, of time-outs, are never.</summary>
internal sealed class NotedWaits : TimeProvider
{
    public const double Forever = 777;

    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || dueTime.TotalSeconds >= Forever)
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        Waits.Enqueue(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
