namespace Vlm.Datasets;

/// <summary>Reads one item of a turn: a text or an image, as transformers and the APIs of OpenAI and Anthropic write them.</summary>
internal static class ContentPart
{
    private const string Forms = "{type: text, text: ...} or {type: image}";

    private static readonly string[] s_images = ["image", "image_url", "url", "path", "base64", "data", "bytes", "source"];

    /// <summary>The part; an image that it names is added to the images, null where it only holds the place.</summary>
    public static Content Read(object? item, Row row, List<object?> images)
    {
        if (item is not IReadOnlyDictionary<string, object?> part)
            throw row.Wrong("an item of a turn is no object", Forms);
        switch (part.GetValueOrDefault("type"))
        {
            case "text" or "input_text" or "output_text" when part.GetValueOrDefault("text") is string text && !Others(part, ["text"]).Any():
                return new Content(text);
            case "image" or "image_url" or "input_image" when !Others(part, [.. s_images, "detail"]).Any():
                images.Add(s_images.Select(name => part.GetValueOrDefault(name)).FirstOrDefault(value => !Values.IsNothing(value)));
                return Content.Image;
            case "text" or "input_text" or "output_text" or "image" or "image_url" or "input_image":
                string other = Others(part, ["text", .. s_images, "detail"]).FirstOrDefault() ?? "no text";
                throw row.Wrong($"an item of a turn of type '{part["type"]}' has {other}", Forms);
            case null:
                throw row.Wrong("an item of a turn has no type", Forms);
            case var type:
                throw row.Wrong($"an item of a turn has type '{type}', which is not read", Forms);
        }
    }

    private static IEnumerable<string> Others(IReadOnlyDictionary<string, object?> part, string[] known) =>
        part.Where(field => field.Key is not ("type" or "index" or "id" or "cache_control" or "media_type" or "mime_type")
            && !known.Contains(field.Key) && !Values.IsNothing(field.Value)).Select(field => field.Key);
}
