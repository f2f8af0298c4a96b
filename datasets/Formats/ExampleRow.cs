using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>Examples as rows of a table.</summary>
internal static class ExampleRow
{
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
    /// <exception cref="ArgumentException">Nobody knows what is right for one of them.</exception>
    public static IEnumerable<object?[]> Values(IReadOnlyList<Example> examples)
    {
        (bool single, bool rewards) = (IsSingle(examples), HasRewards(examples));
        return examples.Select(example => Values(example, example.Truth.Kind.Write(example.Truth), single, rewards));
    }

    /// <summary>The same; where nobody knows what is right, the columns of the answer and the truth hold nothing.</summary>
    public static IEnumerable<object?[]> ValuesKnownOrNot(IReadOnlyList<Example> examples)
    {
        (bool single, bool rewards) = (IsSingle(examples), HasRewards(examples));
        return examples.Select(example => Values(example, example.Truth.IsKnown ? example.Truth.Kind.Write(example.Truth) : null, single, rewards));
    }

    private static bool IsSingle(IReadOnlyList<Example> examples) => examples.All(example => example.Images.Count == 1);

    private static bool HasRewards(IReadOnlyList<Example> examples) =>
        examples.Any(example => example.Rewards is not null || example.Metric is not null);

    private static object?[] Values(Example example, TruthColumns? truth, bool single, bool rewards)
    {
        object?[][] images = [.. example.Images.Select((image, i) =>
            new object?[] { image.Encoded(example.Id), $"{example.Id}-{i}.png" })];
        object?[] messages = [.. example.Messages.Select(message => new object?[] { message.Role, Parts(message) })];
        return
        [
            example.Id, example.Kind, single ? images[0] : images, messages, truth is null ? null : example.Answer,
            truth is null ? null : example.Truth.Kind.Name, truth?.Text, truth?.Choices, truth?.Box, truth?.Frame, truth?.FrameSize,
            .. rewards
                ? [example.Rewards?.ToString(), (example.Metric ?? example.Rewards?.Accuracy)?.Name]
                : Array.Empty<object?>(),
        ];
    }

    private static object?[] Parts(Message message) =>
    [
        .. message.Content.Select(part => new object?[] { part.IsImage ? "image" : "text", part.Text }),
    ];
}
