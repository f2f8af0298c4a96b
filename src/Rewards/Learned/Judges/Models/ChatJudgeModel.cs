using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// A judge behind any chat client of Microsoft.Extensions.AI: a bound on requests in flight, time-outs, repetitions.
/// </summary>
/// <remarks>Safe to use from several threads: calls at once share the bound.</remarks>
public sealed class ChatJudgeModel : IJudgeModel
{
    private readonly IChatClient _client;
    private readonly EndpointOptions _options;
    private readonly EndpointFacts _facts;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private readonly SemaphoreSlim _slots;
    private volatile bool _everAnswered;

    /// <summary>A judge that owns its client.</summary>
    /// <param name="client">What is asked.</param>
    /// <param name="name">Names the client in messages and in the cache; null for its own address and model.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public ChatJudgeModel(IChatClient client, string? name = null, EndpointOptions? options = null)
        : this(client, Facts(client, name), options ?? new(), TimeProvider.System)
    {
    }

    internal ChatJudgeModel(IChatClient client, EndpointFacts facts, EndpointOptions options, TimeProvider time)
    {
        (_client, _facts, _options, _time) = (client, facts, OptionsCheck.Validate(options), time);
        _slots = new(options.MaxConcurrency);
        _pipeline = Pipeline();
        Identity = string.Create(CultureInfo.InvariantCulture,
            $"chat {facts.Address} {facts.Model} temperature {options.Temperature} tokens {options.MaxNewTokens}");
    }

    /// <inheritdoc/>
    public string? Identity { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JudgeReply> AskAsync(
        IReadOnlyList<JudgeRequest> requests, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        (var outage, var pictures) = (new Outage(_facts, Math.Max(8, _options.MaxConcurrency)), new Pictures());
        Task<JudgeReply>[] asked = [.. requests.Select(
            (request, i) => AskAsync(i, request, pictures, outage, left.Token))];
        try
        {
            await foreach (Task<JudgeReply> reply in Task.WhenEach(asked).ConfigureAwait(false))
                yield return await reply.ConfigureAwait(false);
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        outage.End(requests.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _slots.Dispose();
    }

    private async Task<JudgeReply> AskAsync(
        int number, JudgeRequest request, Pictures pictures, Outage outage, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (outage.Reason is { } reason)
                return JudgeReply.Failed(number, reason);
            IReadOnlyList<ChatMessage> messages = pictures.Messages(request);
            ChatResponse response = await _pipeline.ExecuteAsync(
                async token => await CallAsync(messages, token).ConfigureAwait(false), cancel).ConfigureAwait(false);
            _everAnswered = true;
            outage.Answered();
            bool isTruncated = response.FinishReason == ChatFinishReason.Length;
            return JudgeReply.Answered(number, response.Text) with { IsTruncated = isTruncated };
        }
        catch (Exception error) when (
            error is not UsageException && CallFailure.Of(error, _time.GetUtcNow()) is { } failure)
        {
            cancel.ThrowIfCancellationRequested();
            return Failed(number, failure, outage);
        }
        finally
        {
            _slots.Release();
        }
    }

    // An answer without a message is none, whatever the client makes of it.
    private async Task<ChatResponse> CallAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancel)
    {
        var options = new ChatOptions
        {
            Temperature = (float?)_options.Temperature,
            MaxOutputTokens = _options.MaxNewTokens,
        };
        try
        {
            ChatResponse response = await _client.GetResponseAsync(messages, options, cancel).ConfigureAwait(false);
            return response.Messages.Count > 0 ? response : throw new FormatException("no message");
        }
        // Clients take fields for granted that a server may leave out or fill with anything.
        catch (Exception error) when (
            error is NullReferenceException or OverflowException or InvalidCastException or NotSupportedException)
        {
            throw new FormatException("an answer of another shape", error);
        }
    }

    private JudgeReply Failed(int number, CallFailure failure, Outage outage)
    {
        switch (failure.Kind)
        {
            // After answers a 403 is of this request alone: moderation refuses pictures so.
            case FailureKind.Key when failure.Status != 403 || !_everAnswered:
                throw _facts.WrongKey(failure.Status);
            case FailureKind.Unknown when !_everAnswered:
                throw _facts.Unknown();
            case FailureKind.Unreachable when !_everAnswered:
                throw _facts.Unreachable(failure.Reason);
            default:
                string reason = _facts.Shown(
                    TooLong(failure) is { } wait ? $"{failure.Reason} (asks to wait {wait})" : failure.Reason);
                outage.Failed(failure.Kind, reason);
                return JudgeReply.Failed(number, reason);
        }
    }

    private ResiliencePipeline Pipeline()
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = _time };
        if (_options.MaxRetries > 0)
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = _options.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(_options.RetryDelay),
                MaxDelay = TimeSpan.FromSeconds(_options.MaxRetryDelay),
                ShouldHandle = args => new(Repeats(args.Outcome.Exception)),
                DelayGenerator = args => new(Failure(args.Outcome.Exception)?.RetryAfter),
            });
        return builder.AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(_options.Timeout) })
            .Build();
    }

    private bool Repeats(Exception? error) => Failure(error) is { } failure && TooLong(failure) is null
        && (failure.Kind == FailureKind.Transient || (failure.Kind == FailureKind.Unreachable && _everAnswered));

    private CallFailure? Failure(Exception? error) => error is null ? null : CallFailure.Of(error, _time.GetUtcNow());

    private string? TooLong(CallFailure failure) =>
        failure.RetryAfter is { } wait && wait.TotalSeconds > _options.MaxRetryDelay
        ? string.Create(CultureInfo.InvariantCulture, $"{wait.TotalSeconds:0} s") : null;

    private static EndpointFacts Facts(IChatClient client, string? name)
    {
        var known = (ChatClientMetadata?)client.GetService(typeof(ChatClientMetadata));
        string address = known?.ProviderUri?.ToString() ?? known?.ProviderName ?? client.GetType().Name;
        return new(name ?? address, known?.DefaultModelId ?? "", null, "of the client");
    }
}
