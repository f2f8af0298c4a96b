using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Opens judges behind addresses that speak OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama, OpenAI itself.
/// </summary>
public static class JudgeEndpoint
{
    /// <summary>Where a key is looked for unless said otherwise.</summary>
    public const string DefaultKeyVariable = "OPENAI_API_KEY";

    // The client wants one; servers that ask for none ignore it.
    private const string NoKey = "none";

    /// <summary>True for what begins as an address does.</summary>
    /// <param name="text">An address, or a folder.</param>
    public static bool IsAddress(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A judge behind an address. Nothing is sent before the first request.</summary>
    /// <param name="address">"http://127.0.0.1:8000/v1"; without a path it ends in /v1.</param>
    /// <param name="model">Its name there.</param>
    /// <param name="keyVariable">The environment variable that holds the key; where it is
    /// not set, none is sent.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="UsageException">The address is none, or there is no name.</exception>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public static ChatJudgeModel Open(
        string address, string? model, string keyVariable = DefaultKeyVariable, EndpointOptions? options = null) =>
        Open(address, model, keyVariable, options ?? new(), TimeProvider.System);

    internal static ChatJudgeModel Open(
        string address, string? model, string keyVariable, EndpointOptions options, TimeProvider time)
    {
        Uri uri = Read(address);
        if (!IsVariable(keyVariable))
            throw new UsageException(
                "the key is read from a variable, and this is no variable's name",
                "KeyVariable, which is not shown: it may be a key",
                $"export {DefaultKeyVariable}=..., and KeyVariable = {DefaultKeyVariable}");
        if (string.IsNullOrWhiteSpace(model))
            throw new UsageException(
                $"the judge at {uri} needs the name of a model", uri.ToString(), $"a name that {uri}/models lists");
        string? key = Environment.GetEnvironmentVariable(keyVariable)?.Trim() is { Length: > 0 } given
            ? Sendable(given, keyVariable, uri) : null;
        var client = new OpenAIClient(new ApiKeyCredential(key ?? NoKey), new OpenAIClientOptions
        {
            Endpoint = uri,
            RetryPolicy = new ClientRetryPolicy(0),         // repetitions and time-outs are ChatJudgeModel's
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            Transport = new HttpClientPipelineTransport(Http(uri)),
        });
        return new(client.GetChatClient(model).AsIChatClient(), new(uri.ToString(), model, key, keyVariable), options,
            time);
    }

    /// <summary>The address as clients want it: without /chat/completions, with /v1 where there is no path.</summary>
    /// <exception cref="UsageException">It is no address of http, or it holds a password or a query,
    /// which are not shown.</exception>
    internal static Uri Read(string address)
    {
        if (!Uri.TryCreate(address.Trim(), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            || uri.Host.Length == 0)
            throw new UsageException(
                "the judge's address is none of http", IsAddress(address) ? "the address" : address, "http://127.0.0.1:8000/v1");
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new UsageException(
                "the judge's address holds a password or a query", $"{uri.Scheme}://{uri.Authority}",
                "the address alone, and the key in an environment variable");
        string path = uri.AbsolutePath.TrimEnd('/');
        if (path.EndsWith("/chat/completions", StringComparison.Ordinal))
            path = path[..^"/chat/completions".Length];
        return new Uri($"{uri.Scheme}://{uri.Authority}{(path.Length == 0 ? "/v1" : path)}");
    }

    /// <summary>
    /// True for what may be a variable's name: most keys are none, and one that is given in its place is never shown.
    /// </summary>
    public static bool IsVariable(string text) =>
        text.Length is > 0 and <= 64 && !char.IsAsciiDigit(text[0])
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    // Over http anyone on the way could read it.
    private static string Sendable(string key, string variable, Uri uri) =>
        !key.All(letter => letter is > ' ' and < '\x7f') ? throw new UsageException(
            "the key holds signs that no header takes", $"environment variable {variable}",
            $"export {variable}=... with the key alone")
        : uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback ? key : throw new UsageException(
            $"the key of {variable} would go to {uri} unencrypted", $"environment variable {variable}",
            "an address of https; or where that server asks for no key, the name of a variable that is not set");

    // No proxy stands before this machine itself; a server that sends elsewhere would get the key there.
    private static HttpClient Http(Uri uri) => new(new BoundedReplies
    {
        InnerHandler = new SocketsHttpHandler
        {
            UseProxy = !uri.IsLoopback,
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
