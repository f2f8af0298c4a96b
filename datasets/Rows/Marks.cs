using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>What stands for an image in a text, and what must not stand there.</summary>
internal static partial class Marks
{
    /// <summary>The mark of the next image.</summary>
    public const string Image = "<image>";

    // What templates and models write where an image, a video or a turn is; a tokenizer would take it for one.
    private static readonly string[] s_tokens =
    [
        "<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|video_pad|>", "<fake_token_around_image>", "<video>", "<audio>",
        "<|image|>", "<|image_1|>", "<image_soft_token>", "<start_of_image>", "<ImageHere>", "<img>", "</img>", "<IMG_CONTEXT>",
        "<image_placeholder>", "<global-img>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<end_of_utterance>", "<|eot_id|>",
    ];

    // Of ms-swift's column objects.
    private static readonly string[] s_objects = ["<ref-object>", "<bbox>"];

    /// <summary>The first mark of a named or boxed object in a text, or null.</summary>
    public static string? OfObject(string text) => s_objects.FirstOrDefault(token => text.Contains(token, StringComparison.Ordinal));

    /// <summary>The first mark of an image in a text, or null.</summary>
    public static string? In(string text) => s_tokens.Prepend(Image).FirstOrDefault(token => text.Contains(token, StringComparison.Ordinal));

    /// <summary>The first token of a model or a template in a text, or null.</summary>
    public static string? Foreign(string text) =>
        s_tokens.FirstOrDefault(token => text.Contains(token, StringComparison.Ordinal))
        ?? (OtherPlace().Match(text) is { Success: true } other ? other.Value : null)
        ?? (HtmlImage().Match(text) is { Success: true } html ? html.Value : null)
        ?? (AnyPlace().Match(text) is { Success: true } place && place.Groups["path"].Success ? place.Value : null);

    /// <summary>
    /// A text in pieces: texts, and places of images. A line break behind a mark belongs to it.
    /// </summary>
    public static IEnumerable<Piece> Split(string text)
    {
        int at = 0;
        foreach (Match mark in AnyPlace().Matches(text))
        {
            if (mark.Index > at)
                yield return new Piece(text[at..mark.Index]);
            at = mark.Index + mark.Length;
            yield return mark.Groups["path"] is { Success: true } path
                ? new Piece(null) { Image = path.Value.Trim() }
                : new Piece(null) { IsMark = true, Number = mark.Groups["n"].Success ? int.Parse(mark.Groups["n"].ValueSpan, null) : 0 };
        }

        if (at < text.Length)
            yield return new Piece(text[at..]);
    }

    /// <summary>True where a text ends with the mark of an image.</summary>
    public static bool EndsWithImage(string text) => LastPlace().IsMatch(text);

    /// <summary>A text with each mark replaced.</summary>
    public static string Replace(string text, string mark, Func<string, string> by) =>
        Regex.Replace(text, Regex.Escape(mark), found => by(found.Value));

    // <image>, MMMU's <image 1>, <image_1>, and <img>path</img> of Qwen-VL.
    [GeneratedRegex(@"<image(?:[ _]?(?<n>[0-9]{1,3}))?>\n?|<img>(?<path>[^<>\n]{1,4096})</img>\n?")]
    private static partial Regex AnyPlace();

    [GeneratedRegex(@"<image(?:[ _]?[0-9]{1,3})?>\z|</img>\z")]
    private static partial Regex LastPlace();

    // <IMAGE>, <image_token>, <image:1> ...: of other tools.
    [GeneratedRegex(@"(?!<image(?:[ _]?[0-9]{1,3})?>)(?i:<image)(?:[ _:-]?[0-9]{1,3}|[ _:-][^<>\n]{0,40})?>")]
    private static partial Regex OtherPlace();

    [GeneratedRegex(@"<img\s[^>]{0,200}>?", RegexOptions.IgnoreCase)]
    private static partial Regex HtmlImage();
}

/// <summary>A piece of a turn: a text, or the place of an image.</summary>
/// <param name="Text">The text; null for a place.</param>
internal readonly record struct Piece(string? Text)
{
    /// <summary>What image stands there, where the turn says so.</summary>
    public object? Image { get; init; }

    /// <summary>The place is a mark in a text.</summary>
    public bool IsMark { get; init; }

    /// <summary>The image that a mark asks for by its number from 1; 0 for the next one.</summary>
    public int Number { get; init; }
}
