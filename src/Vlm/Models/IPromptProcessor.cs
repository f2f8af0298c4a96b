using Vlm.Images;
using Vlm.Text;

namespace Vlm;

/// <summary>What a family makes of a chat with pictures. Implemented by each family; safe to use from several threads.</summary>
public interface IPromptProcessor
{
    /// <summary>Text to ids and back.</summary>
    Tokenizer Tokenizer { get; }

    /// <summary>How a chat becomes one text.</summary>
    ChatTemplate Template { get; }

    /// <summary>The prompt of a chat: it ends where the assistant's answer begins.</summary>
    /// <param name="id">The record's id, for messages.</param>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="images">One picture for each image place of the messages, in order.</param>
    /// <exception cref="UsageException">
    /// As many pictures as image places are not there, a picture cannot be taken, or the prompt is longer than the context.
    /// </exception>
    Prompt Prompt(string id, IReadOnlyList<Message> messages, IReadOnlyList<RgbImage> images);

    /// <summary>
    /// The tokens of an answer, as the template writes it after the prompt, up to the token that ends it. Training on them
    /// teaches the model to answer so; a sampled answer begins alike.
    /// </summary>
    int[] Completion(string text);
}

/// <summary>What all families' processors share.</summary>
public static class PromptProcessors
{
    /// <summary>The prompt of a chat with encoded pictures, of the kinds that <see cref="ImageCodec"/> reads.</summary>
    /// <param name="processor">The family's.</param>
    /// <param name="id">The record's id, for messages.</param>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="images">One file for each image place of the messages, in order.</param>
    /// <param name="decode">How the files become pixels; by default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">As <see cref="IPromptProcessor.Prompt"/>, or a file is no picture.</exception>
    public static Prompt Prompt(
        this IPromptProcessor processor, string id, IReadOnlyList<Message> messages, IReadOnlyList<byte[]> images,
        DecodeOptions? decode = null) => processor.Prompt(id, messages,
            [.. images.Index().Select(image =>
                ImageCodec.Decode(image.Item, $"record {id}, image {image.Index + 1}", decode))]);

    /// <summary>Refuses a text with more or fewer places for images than there are images.</summary>
    internal static string[] Parts(string id, string text, string placeholder, int images)
    {
        string[] parts = text.Split(placeholder);
        return parts.Length - 1 == images ? parts : throw new UsageException(
            $"the prompt has {parts.Length - 1} places for images, and {images} images", $"record {id}",
            $"one {placeholder} place for each image; the word {placeholder} in a text counts too");
    }

    /// <summary>Refuses a prompt longer than the model takes.</summary>
    internal static int[] Fitting(this int[] tokens, string id, int imageToken, int context) =>
        tokens.Length <= context ? tokens : throw new UsageException(
            $"the prompt has {tokens.Length} tokens, {tokens.Count(token => token == imageToken)} of them for images; "
            + $"the model takes {context}",
            $"record {id}", "a shorter prompt, fewer or smaller images, or the dataset without this record");
}
