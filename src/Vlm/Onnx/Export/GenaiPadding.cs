using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vlm.Models;

namespace Vlm.Onnx.Export;

/// <summary>The token that onnxruntime-genai takes for padding.</summary>
/// <remarks>
/// The client masks it and counts no position for it wherever it stands in a prompt, whatever was asked for. So it must be
/// one that no chat holds; the end of a turn, which checkpoints may name, is in every chat.
/// </remarks>
internal static class GenaiPadding
{
    private const string Name = "pad_token_id", TokenizerFile = "tokenizer_config.json";

    /// <summary>
    /// The first that no chat holds of those that are named: by generation_config.json, by the tokenizer, by config.json, as
    /// an end of completions.
    /// </summary>
    /// <param name="checkpoint">A Qwen.</param>
    /// <param name="logger">Told where the first that is named could not be taken.</param>
    /// <exception cref="UsageException">Chats hold all of them.</exception>
    public static int Of(VlmCheckpoint checkpoint, ILogger? logger)
    {
        int[] named = [.. Named(checkpoint).Distinct()];
        HashSet<int> held = Held(checkpoint.Processor);
        int found = named.FirstOrDefault(token => !held.Contains(token), -1);
        if (found < 0)
            throw new UsageException(
                $"onnxruntime-genai takes {Name} for padding wherever it stands, and every chat holds {string.Join(", ", named)}",
                $"{Name} in generation_config.json", "the id of a token that no chat holds, such as that of <|endoftext|>");
        if (found != named[0])
            logger.Line($"{Name} for onnxruntime-genai is {found}: every chat holds {named[0]}, which the checkpoint names");
        return found;
    }

    private static IEnumerable<int> Named(VlmCheckpoint checkpoint) => ((int?[])
    [
        checkpoint.Generation.PadToken, OfTokenizer(checkpoint),
        Number(checkpoint.Config[Name]), Number(checkpoint.Config["text_config"]?[Name]), .. checkpoint.EndTokens,
    ]).OfType<int>();

    private static int? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out int token) && token >= 0 ? token : null;

    // A text, or an object with the text.
    private static int? OfTokenizer(VlmCheckpoint checkpoint)
    {
        JsonNode? token = checkpoint.SmallFiles.TryGetValue(TokenizerFile, out byte[]? file)
            ? JsonNode.Parse(Encoding.UTF8.GetString(file))?["pad_token"] : null;
        return (token is JsonObject item ? item["content"] : token) is JsonValue value && value.TryGetValue(out string? text)
            ? checkpoint.Processor.Tokenizer.IdOf(text) : null;
    }

    // Of a chat with an image and an answer.
    private static HashSet<int> Held(IPromptProcessor processor) => [.. processor.Tokenizer.Encode(processor.Template.Render(
        [Message.User("a", 1), Message.Assistant("b"), Message.User("c")], generationPrompt: true))];
}
