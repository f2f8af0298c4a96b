using System.Text;
using Vlm.Images;
using Vlm.Text;

namespace Vlm.Models.SmolVlm;

/// <summary>
/// A chat with images to what SmolVLM and Idefics3 take: the rendered chat, each image's place written out as the
/// frames' tokens, and the frames' pixels. Safe to use from several threads.
/// </summary>
public sealed class SmolVlmProcessor : IPromptProcessor
{
    private readonly int _imageId;

    /// <param name="tokenizer">Has the special tokens of <see cref="SmolVlmTokens"/>.</param>
    /// <param name="template">How a chat becomes a text.</param>
    /// <param name="images">How images are cut into frames.</param>
    /// <param name="tokensPerFrame">Image tokens of one frame: (image / patch size / scale factor) squared.</param>
    /// <param name="contextLength">Most tokens of a prompt.</param>
    /// <exception cref="UsageException">The tokenizer lacks a special token.</exception>
    public SmolVlmProcessor(
        Tokenizer tokenizer, ChatTemplate template, SmolVlmImageOptions images, int tokensPerFrame, int contextLength)
    {
        Tokenizer = tokenizer;
        Images = new SmolVlmImageProcessor(images);
        ContextLength = contextLength;
        Template = template;
        TokensPerFrame = tokensPerFrame;
        _imageId = Required(SmolVlmTokens.Image);
        EndOfUtteranceId = Required(SmolVlmTokens.EndOfUtterance);
        Required(SmolVlmTokens.Fake);
    }

    /// <summary>Text to ids and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>Images to frames.</summary>
    public SmolVlmImageProcessor Images { get; }

    /// <summary>Image tokens of one frame.</summary>
    public int TokensPerFrame { get; }

    /// <summary>Most tokens of a prompt.</summary>
    public int ContextLength { get; }

    /// <summary>The token an answer ends with.</summary>
    public int EndOfUtteranceId { get; }

    /// <summary>The image placeholder, which is never sampled.</summary>
    public int ImageId => _imageId;

    /// <summary>
    /// Reads a checkpoint's folder: tokenizer.json, tokenizer_config.json, chat template, preprocessor_config.json,
    /// processor_config.json, and from config.json the context length.
    /// </summary>
    /// <exception cref="UsageException">A file is missing or cannot be read.</exception>
    public static SmolVlmProcessor Load(string folder) => new(
        Tokenizer.FromFolder(folder),
        ChatTemplate.Load(folder, absent: ChatTemplate.SmolVlm),
        SmolVlmProcessorFiles.ImageOptions(folder),
        SmolVlmProcessorFiles.TokensPerFrame(folder),
        SmolVlmProcessorFiles.ContextLength(folder));

    /// <inheritdoc/>
    /// <exception cref="UsageException">
    /// As many images as image places are not there, an image cannot be decoded, an image needs a token that the
    /// tokenizer lacks, or the prompt is longer than the context.
    /// </exception>
    public Prompt Prompt(Example example, DecodeOptions? decode = null)
    {
        string text = Template.Render(example.Messages, generationPrompt: true);
        string[] parts = PromptProcessors.Parts(example.Id, text, SmolVlmTokens.Image, example.Images.Count);
        SmolVlmFrames[] frames = [.. example.Images.Select((image, i) => image.Size(PromptProcessors.Where(example.Id, i), decode))
            .Select(size => Images.Frames(size.Width, size.Height, decode?.Seen))];
        int[] tokens = Tokenizer.Encode(Expand(example.Id, parts, frames)).Fitting(example.Id, _imageId, ContextLength);
        return new Prompt(example, text, tokens, Pixels(example, decode, frames), [.. frames.Select(frame => frame.Scale)]);
    }

    /// <inheritdoc/>
    public int[] Completion(string text) => Tokenizer.Encode(Template.Answered(text));

    private int Required(string token, string? where = null) => Tokenizer.IdOf(token) ?? throw new UsageException(
        $"the tokenizer has no token {token}", where ?? "tokenizer.json",
        "the tokenizer of a SmolVLM or Idefics3 checkpoint");

    private string Expand(string id, string[] parts, SmolVlmFrames[] frames)
    {
        var text = new StringBuilder(parts[0]);
        for (int i = 0; i < frames.Length; i++)
        {
            Append(text, frames[i], PromptProcessors.Where(id, i));
            text.Append(parts[i + 1]);
        }

        return text.ToString();
    }

    // Idefics3Processor.get_image_prompt_string: the tiles row by row, each row a line; then the whole image.
    private void Append(StringBuilder text, SmolVlmFrames frames, string where)
    {
        for (int row = 1; row <= frames.Rows; row++)
        {
            for (int column = 1; column <= frames.Columns; column++)
                AppendFrame(text, SmolVlmTokens.Tile(row, column));
            text.Append('\n');
        }

        // A tile beyond the tokenizer's grid would be spelled in letters that the model never saw.
        if (frames.Rows > 0 && Tokenizer.IdOf(SmolVlmTokens.Tile(1, 1)) is not null)
            Required(SmolVlmTokens.Tile(frames.Rows, frames.Columns), where);
        if (frames.Rows > 0)
            text.Append('\n');
        AppendFrame(text, SmolVlmTokens.Global);
        text.Append(SmolVlmTokens.Fake);
    }

    private void AppendFrame(StringBuilder text, string name)
    {
        text.Append(SmolVlmTokens.Fake).Append(name);
        for (int i = 0; i < TokensPerFrame; i++)
            text.Append(SmolVlmTokens.Image);
    }

    private PixelInput? Pixels(Example example, DecodeOptions? decode, SmolVlmFrames[] frames)
    {
        if (frames.Length == 0)
            return null;
        int edge = Images.Options.FrameEdge;
        int[] counts = [.. frames.Select(frame => frame.Count * Images.FrameLength)];
        return new PixelInput([frames.Sum(frame => frame.Count), 3, edge, edge], Grid: [],
            PromptProcessors.Writer(example, decode, counts, (image, values) => Images.Write(image, values, decode?.Seen)));
    }
}
