using Microsoft.Extensions.AI;

namespace Vlm.Chat;

/// <summary>What a chat client is asked, in this project's records. What no model here can do is refused, never left out.</summary>
/// <param name="Messages">The turns.</param>
/// <param name="Images">Their images, in order.</param>
/// <param name="Sampling">How the answer is sampled.</param>
/// <param name="StopSequences">Texts that end the answer.</param>
/// <param name="Seed">Names the random numbers; null where any will do.</param>
internal sealed record ChatRequest(
    IReadOnlyList<Message> Messages, IReadOnlyList<ImageSource> Images, Sampling Sampling, IReadOnlyList<string> StopSequences,
    long? Seed)
{
    /// <summary>Reads messages and options.</summary>
    /// <exception cref="UsageException">
    /// A message holds something else than texts and images, an option is out of its range, or asks for what a model here
    /// cannot do: tools, JSON, penalties, a conversation kept by the server.
    /// </exception>
    internal static ChatRequest Of(IChatClient client, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        options ??= new ChatOptions();
        CheckOptions(options);
        ChatMessage[] turns = [
            .. options.Instructions is { Length: > 0 } instructions ? [new ChatMessage(ChatRole.System, instructions)]
                : Array.Empty<ChatMessage>(),
            .. messages];
        if (turns.Length == 0)
            throw new UsageException("there is no message to answer", "messages", "new ChatMessage(ChatRole.User, \"...\")");
        var images = new List<ImageSource>();
        Message[] read = [.. turns.Select((turn, i) => Turn(turn, i, images))];
        var basis = options.RawRepresentationFactory?.Invoke(client) as Sampling;
        return new(read, images, Sampled(options, basis), [.. options.StopSequences ?? []], options.Seed);
    }

    private static Message Turn(ChatMessage turn, int number, List<ImageSource> images)
    {
        if (turn.Role != ChatRole.System && turn.Role != ChatRole.User && turn.Role != ChatRole.Assistant)
            throw Refused($"a message of role \"{turn.Role}\" cannot be read", number, "the roles system, user and assistant");
        return new(turn.Role.Value, [.. turn.Contents.Select(content => Part(content, number, images))]);
    }

    private static Content Part(AIContent content, int number, List<ImageSource> images)
    {
        switch (content)
        {
            case TextContent text:
                return new(text.Text);
            case DataContent data when data.HasTopLevelMediaType("image"):
                images.Add(data.Data.ToArray());
                return Content.Image;
            case DataContent data:
                throw Refused($"data of type {data.MediaType} cannot be read", number, "TextContent, or DataContent of type image/*");
            case UriContent link:
                throw Refused($"the link {link.Uri} is not fetched", number, "its bytes: new DataContent(bytes, \"image/png\")");
            default:
                throw Refused($"{content.GetType().Name} cannot be read", number, "TextContent, or DataContent of type image/*");
        }
    }

    // Greedy unless a temperature, or a filter that only sampling needs, says otherwise.
    private static Sampling Sampled(ChatOptions options, Sampling? basis)
    {
        Sampling sampling = basis ?? VisionLanguageModel.DefaultSampling;
        bool greedy = options.Temperature is { } given ? given == 0 : sampling.Greedy && options is { TopP: null, TopK: null };
        return sampling with
        {
            Greedy = greedy,
            Temperature = !greedy && options.Temperature is { } temperature ? temperature : sampling.Temperature,
            TopP = options.TopP ?? sampling.TopP,
            TopK = options.TopK ?? sampling.TopK,
            MaxNewTokens = options.MaxOutputTokens ?? sampling.MaxNewTokens,
        };
    }

    private static void CheckOptions(ChatOptions options)
    {
        Within(nameof(options.Temperature), options.Temperature, options.Temperature is null or >= 0, "0 or above");
        Within(nameof(options.TopP), options.TopP, options.TopP is null or (> 0 and <= 1), "above 0 and at most 1");
        Within(nameof(options.TopK), options.TopK, options.TopK is null or >= 0, "0, for all, or above");
        Within(nameof(options.MaxOutputTokens), options.MaxOutputTokens, options.MaxOutputTokens is null or >= 1, "1 or above");
        Within(nameof(options.StopSequences), "\"\"", options.StopSequences?.Contains("") != true, "texts of at least a letter");
        Without(nameof(options.Tools), options.Tools is { Count: > 0 });
        Without(nameof(options.ResponseFormat), options.ResponseFormat is ChatResponseFormatJson);
        Without(nameof(options.FrequencyPenalty), options.FrequencyPenalty is not (null or 0));
        Without(nameof(options.PresencePenalty), options.PresencePenalty is not (null or 0));
        Without(nameof(options.ConversationId), options.ConversationId is not null);
    }

    private static void Within(string option, object? value, bool good, string range)
    {
        if (!good)
            throw new UsageException(FormattableString.Invariant($"{option} is {value} and must be {range}"),
                $"ChatOptions.{option}", $"{option} {range}");
    }

    private static void Without(string option, bool set)
    {
        if (set)
            throw new UsageException($"{option} is set, and this model has nothing like it", $"ChatOptions.{option}",
                "Temperature, TopP, TopK, MaxOutputTokens, Seed, StopSequences, Instructions");
    }

    private static UsageException Refused(string problem, int message, string fix) =>
        new(problem, FormattableString.Invariant($"message {message + 1}"), fix);
}
