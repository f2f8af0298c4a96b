using System.Globalization;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>One example as one row of a table, and back.</summary>
internal static class ExampleRow
{
    /// <summary>Columns a file may lack.</summary>
    public static readonly string[] Optionals =
    [
        "kind", "image", "images", "answer_type", "truth", "choices", "box", "frame", "frame_size", "reward", "metric",
    ];

    private const string ImageMark = "<image>";

    private static readonly ColumnType Messages = ColumnType.List(ColumnType.Of(
        ("role", ColumnType.Text),
        ("content", ColumnType.List(ColumnType.Of(("type", ColumnType.Text), ("text", ColumnType.Text))))));

    /// <summary>The columns that hold these examples.</summary>
    public static Column[] Columns(IReadOnlyList<Example> examples) =>
    [
        new("id", ColumnType.Text),
        new("kind", ColumnType.Text),
        IsSingle(examples) ? new("image", ColumnType.Image) : new("images", ColumnType.List(ColumnType.Image)),
        new("messages", Messages),
        new("answer", ColumnType.Text),
        new("answer_type", ColumnType.Text),
        new("truth", ColumnType.Text),
        new("choices", ColumnType.List(ColumnType.Text)),
        new("box", ColumnType.List(ColumnType.Real)),
        new("frame", ColumnType.Text),
        new("frame_size", ColumnType.List(ColumnType.Real)),
        .. HasRewards(examples) ? [new("reward", ColumnType.Text), new("metric", ColumnType.Text)] : Array.Empty<Column>(),
    ];

    /// <summary>The rows of <see cref="Columns"/>, made as they are asked for.</summary>
    public static IEnumerable<object?[]> Values(IReadOnlyList<Example> examples)
    {
        (bool single, bool rewards) = (IsSingle(examples), HasRewards(examples));
        return examples.Select(example => Values(example, single, rewards));
    }

    /// <summary>Reads and checks a row.</summary>
    public static Example Read(TableRow row, string path)
    {
        string id = row["id"] as string ?? throw Wrong(path, "?", "a row has no id", "an id in every row");
        string answer = row["answer"] as string
            ?? throw Wrong(path, id, "the row has no answer", "an answer in every row");
        ImageSource[] images = [.. Images(row, path, id)];
        Truth truth = ReadTruth(row, $"{path}, row {id}", answer, images);
        (RewardSet? rewards, Reward? metric) = ReadRewards(row, $"{path}, row {id}", truth);
        return new Example(
            id, Optional(row, "kind") as string ?? "vqa", images, Ask(row, images.Length, path, id), truth, answer)
        {
            Rewards = rewards,
            Metric = metric,
        };
    }

    private static bool IsSingle(IReadOnlyList<Example> examples) => examples.All(example => example.Images.Count == 1);

    private static bool HasRewards(IReadOnlyList<Example> examples) =>
        examples.Any(example => example.Rewards is not null || example.Metric is not null);

    private static object?[] Values(Example example, bool single, bool rewards)
    {
        object?[][] images = [.. example.Images.Select((image, i) =>
            new object?[] { image.Encoded(example.Id), $"{example.Id}-{i}.png" })];
        object?[] messages = [.. example.Messages.Select(message => new object?[] { message.Role, Parts(message) })];
        TruthColumns truth = example.Truth.Kind.Write(example.Truth);
        return
        [
            example.Id, example.Kind, single ? images[0] : images, messages, example.Answer,
            example.Truth.Kind.Name, truth.Text, truth.Choices, truth.Box, truth.Frame, truth.FrameSize,
            .. rewards
                ? [example.Rewards?.ToString(), (example.Metric ?? example.Rewards?.Accuracy)?.Name]
                : Array.Empty<object?>(),
        ];
    }

    private static Truth ReadTruth(TableRow row, string where, string answer, ImageSource[] images)
    {
        string type = Optional(row, "answer_type") as string ?? (Optional(row, "box") is null ? "word" : "region");
        return TruthKind.Table.Find(type, where).Read(new TruthColumns
        {
            Text = Optional(row, "truth") as string ?? answer,
            Choices = (Optional(row, "choices") as object?[])?.OfType<string>().ToArray(),
            Box = Numbers(Optional(row, "box")),
            Frame = Optional(row, "frame") as string,
            FrameSize = Numbers(Optional(row, "frame_size")),
            ImageSize = images.Length == 0 ? null : () => SizeOf(images[0], where),
            Where = where,
        });
    }

    // Names that are in no table, and rewards that do not take this truth, are found here and not in the middle of a run.
    private static (RewardSet? Rewards, Reward? Metric) ReadRewards(TableRow row, string where, Truth truth)
    {
        string? metricName = Optional(row, "metric") as string;
        Reward? metric = metricName is null ? null : Reward.Table.Find(metricName, where);
        RewardSet? rewards =
            Optional(row, "reward") is string text ? RewardSet.Parse(text, metricName, where) : null;
        if ((rewards?.Problem(truth) ?? metric?.Problem(truth)) is { } problem)
            throw new UsageException(problem, where, $"a reward for answer_type {truth.Kind.Name}, or none");
        return (rewards, metric);
    }

    private static Extent SizeOf(ImageSource image, string where)
    {
        (int width, int height) = image.Size(where);
        return new(width, height);
    }

    private static double[]? Numbers(object? list) => list is object?[] items
        && items.All(item => item is double or long)
            ? [.. items.Select(item => Convert.ToDouble(item, CultureInfo.InvariantCulture))]
            : null;

    private static object? Optional(TableRow row, string column) => row.Has(column) ? row[column] : null;

    public static UsageException Wrong(string path, string id, string problem, string fix) =>
        new(problem, $"{path}, row {id}", fix);

    private static object?[] Parts(Message message) =>
    [
        .. message.Content.Select(part => new object?[] { part.IsImage ? "image" : "text", part.Text }),
    ];

    private static IEnumerable<ImageSource> Images(TableRow row, string path, string id)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        object?[] images = Optional(row, "image") is { } single ? [single] : Optional(row, "images") as object?[] ?? [];
        return images.Select((image, i) => ImageFields.Read(
            image, folder, "the folder of this file", (problem, fix) => Wrong(path, id, problem, fix),
            $"{path}, record {id}, image {i + 1}"));
    }

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
