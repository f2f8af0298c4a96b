namespace Vlm;

/// <summary>One item of a chat message: a text, or the place of an image.</summary>
/// <param name="Text">The text, or null where an image stands. Images are taken in order from the example.</param>
public readonly record struct Content(string? Text)
{
    /// <summary>The place of the next image.</summary>
    public static Content Image => new(null);

    /// <summary>True where an image stands.</summary>
    public bool IsImage => Text is null;
}

/// <summary>One turn of a chat.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Content">Texts and image places, in reading order.</param>
public sealed record Message(string Role, IReadOnlyList<Content> Content)
{
    /// <summary>A user's turn: the images first, then the text.</summary>
    public static Message User(string text, int images = 0) =>
        new("user", [.. Enumerable.Repeat(Vlm.Content.Image, images), new Content(text)]);

    /// <summary>An answer.</summary>
    public static Message Assistant(string text) => new("assistant", [new Content(text)]);
}
