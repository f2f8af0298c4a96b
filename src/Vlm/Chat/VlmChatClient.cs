using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Vlm.Loading;

namespace Vlm.Chat;

/// <summary>A model as a chat client. Safe to use from several threads.</summary>
internal sealed class VlmChatClient(VisionLanguageModel model) : IChatClient
{
    private readonly string _modelId = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Folder)));
    private long _requests;

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatRequest request = ChatRequest.Of(this, messages, options);
        Prompt prompt = model.Prompt(Example.Ask(request.Messages, request.Images));
        long seed = request.Seed ?? Interlocked.Increment(ref _requests);
        return Updates(prompt, model.AnswerAsync(
            prompt, request.Sampling, new SampleKey(seed, 0), request.StopSequences, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("vlm", defaultModelId: _modelId)
        : serviceType == typeof(VisionLanguageModel) ? model
        : serviceType.IsInstanceOfType(this) ? this : null;

    /// <summary>Leaves the model loaded: it belongs to who loaded it.</summary>
    public void Dispose()
    {
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Updates(
        Prompt prompt, IAsyncEnumerable<AnswerPiece> pieces, [EnumeratorCancellation] CancellationToken cancel)
    {
        string id = Guid.NewGuid().ToString("N");
        await foreach (AnswerPiece piece in pieces.WithCancellation(cancel).ConfigureAwait(false))
        {
            if (piece.Text.Length > 0)
                yield return Update(new TextContent(piece.Text));
            if (piece.Stop is { } stop)
            {
                ChatResponseUpdate last = Update(new UsageContent(Usage(prompt.Tokens.Length, piece.Tokens)));
                last.FinishReason = stop == StopReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
                yield return last;
            }
        }

        ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content])
        {
            MessageId = id,
            ResponseId = id,
            ModelId = _modelId,
        };
    }

    private static UsageDetails Usage(int prompt, int answer) => new()
    {
        InputTokenCount = prompt,
        OutputTokenCount = answer,
        TotalTokenCount = prompt + answer,
    };
}
