using System.Text;
using Vlm.Images;
using Vlm.Rewards;
using Vlm.Text;

namespace Vlm.Models.QwenVl;

/// <summary>
/// A chat with images to what the Qwen-VL families take: the rendered chat, each placeholder repeated once for every
/// 2 x 2 patches, and the patches' pixels. Safe to use from several threads.
/// </summary>
public sealed class QwenProcessor : IPromptProcessor
{
    private const string Image = "<|image_pad|>", End = "<|im_end|>";

    private readonly int _imageToken, _context;

    /// <param name="tokenizer">Has the families' special tokens.</param>
    /// <param name="template">How a chat becomes a text.</param>
    /// <param name="images">How images are cut into patches.</param>
    /// <param name="imageToken">config.json's image_token_id.</param>
    /// <param name="context">Most tokens of a prompt.</param>
    /// <exception cref="UsageException">The tokenizer lacks a special token, or numbers the placeholder otherwise.</exception>
    public QwenProcessor(
        Tokenizer tokenizer, ChatTemplate template, QwenImageOptions images, int imageToken, int context)
    {
        (Tokenizer, Template, Images) = (tokenizer, template, new QwenImageProcessor(images));
        (_imageToken, _context) = (Required(Image), context);
        foreach (string token in (string[])[End, "<|vision_start|>", "<|vision_end|>"])
            Required(token);
        if (_imageToken != imageToken)
            throw new UsageException($"the tokenizer's {Image} is {_imageToken}, config.json's image_token_id {imageToken}",
                "tokenizer.json", "the tokenizer and the config.json that the weights came with");
    }

    /// <inheritdoc/>
    public Tokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <inheritdoc/>
    public Frame? BoxFrame { get; init; }

    /// <summary>Images to patches.</summary>
    public QwenImageProcessor Images { get; }

    /// <inheritdoc/>
    public Prompt Prompt(Example example, DecodeOptions? decode = null)
    {
        string text = Template.Render(example.Messages, generationPrompt: true);
        string[] parts = PromptProcessors.Parts(example.Id, text, Image, example.Images.Count);
        QwenPatches[] patches = [.. example.Images.Select((image, i) =>
        {
            string where = PromptProcessors.Where(example.Id, i);
            (int width, int height) = image.Size(where, decode);
            return Images.Patches(width, height, where, decode?.Seen);
        })];
        int[] tokens = Tokenizer.Encode(Expand(parts, patches)).Fitting(example.Id, _imageToken, _context);
        return new Prompt(example, text, tokens, Pixels(example, decode, patches), [.. patches.Select(image => image.Scale)]);
    }

    /// <inheritdoc/>
    public int[] Completion(string text) => Tokenizer.Encode(Template.Answered(text));

    private int Required(string token) => Tokenizer.IdOf(token) ?? throw new UsageException(
        $"the tokenizer has no token {token}", "tokenizer.json", "the tokenizer of a Qwen-VL checkpoint");

    private string Expand(string[] parts, QwenPatches[] images)
    {
        int block = Images.Options.MergeSize * Images.Options.MergeSize;
        var text = new StringBuilder(parts[0]);
        foreach ((QwenPatches image, string rest) in images.Zip(parts.Skip(1)))
            text.Insert(text.Length, Image, image.Count / block).Append(rest);
        return text.ToString();
    }

    private PixelInput? Pixels(Example example, DecodeOptions? decode, QwenPatches[] images)
    {
        if (images.Length == 0)
            return null;
        int[] counts = [.. images.Select(image => checked(image.Count * Images.PatchLength))];
        return new PixelInput([images.Sum(image => image.Count), Images.PatchLength],
            [.. images.SelectMany(image => (long[])[1, image.GridHeight, image.GridWidth])],
            PromptProcessors.Writer(example, decode, counts, (image, values) => Images.Write(image, values, decode?.Seen)));
    }
}
