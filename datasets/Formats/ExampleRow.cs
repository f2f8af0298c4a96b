using System.Globalization;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>One example as one row of a table, and back.</summary>
internal static class ExampleRow
{
    /// <summary>Columns a file may lack.</summary>
    public static readonly string[] Optionals =
        ["kind", "image", "images", "answer_type", "truth", "choices", "box", "frame", "frame_size"];

    private const string ImageMark = "<image>";

    private static readonly ColumnType Messages = ColumnType.List(ColumnType.Of(
        ("role", ColumnType.Text),
        ("content", ColumnType.List(ColumnType.Of(("type", ColumnType.Text), ("text", ColumnType.Text))))));

    public static Column[] Columns(bool single) =>
    [
        new("id", ColumnType.Text),
        new("kind", ColumnType.Text),
        single ? new("image", ColumnType.Image) : new("images", ColumnType.List(ColumnType.Image)),
        new("messages", Messages),
        new("answer", ColumnType.Text),
        new("answer_type", ColumnType.Text),
        new("truth", ColumnType.Text),
        new("choices", ColumnType.List(ColumnType.Text)),
        new("box", ColumnType.List(ColumnType.Real)),
        new("frame", ColumnType.Text),
        new("frame_size", ColumnType.List(ColumnType.Real)),
    ];

    public static object?[] Values(Example example, bool single)
    {
        object?[][] images = [.. example.Images.Select((image, i) => new object?[] { image.Encoded(example.Id), $"{example.Id}-{i}.png" })];
        object?[] messages = [.. example.Messages.Select(message => new object?[] { message.Role, Parts(message) })];
        object?[] truth = example.Truth switch
        {
            Truth.Word word => ["word", word.Answer, null, null, null, null],
            Truth.Number number =>
                ["number", number.Answer.ToString("R", CultureInfo.InvariantCulture), null, null, null, null],
            Truth.Choice choice => ["choice", $"{choice.Letter}", choice.Options, null, null, null],
            Truth.Passage passage => ["text", passage.Answer, null, null, null, null],
            Truth.Caption caption => ["caption", TruthRow.Write(caption), null, null, null, null],
            Truth.Region { Box: var box } region =>
            [
                "region", null, null, new[] { box.X1, box.Y1, box.X2, box.Y2 }, $"{region.Frame}",
                new[] { region.Width, region.Height },
            ],
            _ => throw new ArgumentException($"no column holds a {example.Truth.GetType().Name}", nameof(example)),
        };
        return [example.Id, example.Kind, single ? images[0] : images, messages, example.Answer, .. truth];
    }

    public static Example Read(TableRow row, string path)
    {
        string id = row["id"] as string ?? throw Wrong(path, "?", "a row has no id", "an id in every row");
        byte[][] images = [.. Images(row).Select(image => image ?? throw Wrong(
            path, id, "an image of the row has no bytes", "images stored in the file, not as links"))];
        string answer = row["answer"] as string
            ?? throw Wrong(path, id, "the row has no answer", "an answer in every row");
        return new Example(
            id, Optional(row, "kind") as string ?? "vqa", [.. images.Select((image, i) => ImageSource.FromBytes(image, $"{path}, record {id}, image {i + 1}"))], Ask(row, images.Length, path, id),
            TruthRow.Read(row, path, id, answer, images), answer);
    }

    public static object? Optional(TableRow row, string column) => row.Has(column) ? row[column] : null;

    public static UsageException Wrong(string path, string id, string problem, string fix) =>
        new(problem, $"{path}, row {id}", fix);

    private static object?[] Parts(Message message) =>
    [
        .. message.Content.Select(part => new object?[] { part.IsImage ? "image" : "text", part.Text }),
    ];

    private static IEnumerable<byte[]?> Images(TableRow row)
    {
        if (Optional(row, "image") is { } single)
            return [Bytes(single)];
        return Optional(row, "images") is object?[] many ? many.Select(Bytes) : [];
    }

    private static byte[]? Bytes(object? image) => image switch
    {
        byte[] bytes => bytes,
        IReadOnlyDictionary<string, object?> fields => fields.GetValueOrDefault("bytes") as byte[],
        _ => null,
    };

    private static Message[] Ask(TableRow row, int images, string path, string id)
    {
        if (Optional(row, "question") is string question)
            return [Message.User(question, images)];
        if (Optional(row, "messages") is not object?[] turns)
            throw Wrong(path, id, "the row has no question", "a question, or messages, in every row");

        Message[] messages = [.. turns.Cast<IReadOnlyDictionary<string, object?>>().Select(Turn)];
        int places = messages.Sum(message => message.Content.Count(part => part.IsImage));
        if (places != images)
            throw Wrong(
                path, id, $"the messages have {places} places for {images} images", "one place for each image");
        return messages;
    }

    private static Message Turn(IReadOnlyDictionary<string, object?> turn) => new(
        (string)turn["role"]!,
        turn["content"] switch
        {
            string text => Marked(text),
            object?[] parts => [.. parts.Cast<IReadOnlyDictionary<string, object?>>().Select(Part)],
            _ => [],
        });

    private static Content Part(IReadOnlyDictionary<string, object?> part) =>
        part["type"] as string == "image" ? Content.Image : new Content(part["text"] as string ?? "");

    private static Content[] Marked(string text) =>
    [
        .. text.Split(ImageMark)
            .SelectMany((piece, i) => i == 0 ? [new Content(piece)] : new[] { Content.Image, new(piece) })
            .Where(part => part.IsImage || part.Text!.Length > 0),
    ];
}
