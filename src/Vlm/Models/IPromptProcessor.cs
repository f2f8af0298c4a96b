using Vlm.Images;
using Vlm.Rewards;
using Vlm.Text;

namespace Vlm;

/// <summary>What a family makes of a chat with images. Implemented by each family; safe to use from several threads.</summary>
public interface IPromptProcessor
{
    /// <summary>Text to ids and back.</summary>
    Tokenizer Tokenizer { get; }

    /// <summary>How a chat becomes one text.</summary>
    ChatTemplate Template { get; }

    /// <summary>The frame of coordinates that the model was taught to answer boxes in; null where it was taught none.</summary>
    Frame? BoxFrame => null;

    /// <summary>
    /// The prompt of an example: it ends where the assistant's answer begins. Of its images only the headers are read; pixels
    /// are made where the prompt is laid out in a batch.
    /// </summary>
    /// <param name="example">One image for each image place of its messages, in order.</param>
    /// <param name="decode">How files become pixels; by default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">
    /// As many images as image places are not there, an image cannot be taken, or the prompt is longer than the context.
    /// </exception>
    Prompt Prompt(Example example, DecodeOptions? decode = null);

    /// <summary>
    /// The tokens of an answer, as the template writes it after the prompt, up to the token that ends it. Training on them
    /// teaches the model to answer so; a sampled answer begins alike.
    /// </summary>
    int[] Completion(string text);
}

/// <summary>What all families' processors share.</summary>
public static class PromptProcessors
{
    /// <summary>The prompt of a chat.</summary>
    /// <param name="processor">The family's.</param>
    /// <param name="id">The record's id, for messages.</param>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="images">One image for each image place of the messages, in order.</param>
    /// <param name="decode">How files become pixels; by default <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">As <see cref="IPromptProcessor.Prompt"/>.</exception>
    public static Prompt Prompt(
        this IPromptProcessor processor, string id, IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images,
        DecodeOptions? decode = null) => processor.Prompt(Example.Ask(messages, images, id), decode);

    /// <summary>The prompt of an example, its boxes in the frame that the model answers in.</summary>
    /// <param name="processor">The family's.</param>
    /// <param name="example">One image for each image place of its messages, in order.</param>
    /// <param name="decode">How files become pixels; null for <see cref="DecodeOptions.Default"/>.</param>
    /// <param name="boxFrame">
    /// The frame; null for the one that the question asks for, or where it asks for none (<see cref="Example.AsksForModelFrame"/>) for
    /// the one that the model was taught.
    /// </param>
    /// <exception cref="UsageException">As <see cref="IPromptProcessor.Prompt"/>, or the box cannot be brought to the frame.</exception>
    public static Prompt Prompt(this IPromptProcessor processor, Example example, DecodeOptions? decode, Frame? boxFrame)
    {
        Frame? frame = boxFrame ?? (example.AsksForModelFrame ? processor.BoxFrame : null);
        Prompt prompt = processor.Prompt(example, decode);
        // How large the images are seen is known once the prompt is made; the words are then written anew.
        if (frame is { } to && example.Boxes.Any(box => box.Frame != to || to == Frame.ResizedPixels))
            prompt = processor.Prompt(prompt.WordsIn(to), decode);
        return prompt.WithBoxIn(frame);
    }

    /// <summary>"record a, image 1", for messages.</summary>
    internal static string Where(string id, int image) => $"record {id}, image {image + 1}";

    /// <summary>Writes what an image becomes.</summary>
    internal delegate void ImageWriter(RgbImage image, Span<float> values);

    /// <summary>Writes the values of all images, one after another: decodes each when it is asked to.</summary>
    /// <param name="example">Whose images.</param>
    /// <param name="decode">How files become pixels.</param>
    /// <param name="counts">Values of each image.</param>
    /// <param name="write">Writes one image's.</param>
    internal static PixelWriter Writer(
        Example example, DecodeOptions? decode, int[] counts, ImageWriter write) => values =>
        {
            for (int i = 0; i < counts.Length; i++)
            {
                write(example.Images[i].Decode(Where(example.Id, i), decode), values[..counts[i]]);
                values = values[counts[i]..];
            }
        };

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
