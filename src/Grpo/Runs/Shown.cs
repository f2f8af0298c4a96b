using System.Globalization;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary>What tables of a run hold of a question and of an answer, so that people can look at them without the data set.</summary>
internal static class Shown
{
    /// <summary>A list of what each reward gave: name, weight, value, reason.</summary>
    public static ColumnType ScoresType { get; } = ColumnType.List(ColumnType.Of(
        ("name", ColumnType.Text), ("weight", ColumnType.Real), ("value", ColumnType.Real), ("reason", ColumnType.Text)));

    /// <summary>x1, y1, x2, y2 in pixels of the first picture as the data set has it, upright.</summary>
    public static ColumnType BoxType { get; } = ColumnType.List(ColumnType.Real);

    /// <summary>The columns that <see cref="Question"/> fills.</summary>
    public static IReadOnlyList<Column> QuestionColumns { get; } =
    [
        new("kind", ColumnType.Text),
        new("question", ColumnType.Text),
        new("truth", ColumnType.Text),
        new("truth_box", BoxType),
        new("picture", ColumnType.Text),
    ];

    /// <summary>Kind, question, truth, true box, and the key of the picture.</summary>
    /// <param name="example">What was asked.</param>
    /// <param name="picture">Its picture's key in pictures.parquet; null where it is not kept.</param>
    public static object?[] Question(Example example, string? picture) =>
    [
        example.Kind, example.Messages.Count > 0 ? example.Question : "", Truth(example.Truth),
        example.Truth is Truth.Region region ? Edges(Pixels(example, region, region.Box)) : null, picture,
    ];

    /// <summary>What each reward gave.</summary>
    public static object?[] Scores(IReadOnlyList<ScorePart> parts) =>
        [.. parts.Select(part => new object?[] { part.Name, part.Weight, part.Score.Value, part.Score.Reason })];

    /// <summary>The box that a completion answers with, in pixels of the picture; null where it has none, or none was asked for.</summary>
    public static double[]? AnsweredBox(Example example, string completion) => Edges(AnsweredPixels(example, completion));

    /// <inheritdoc cref="AnsweredBox"/>
    public static Box? AnsweredPixels(Example example, string completion) =>
        example.Truth is Truth.Region region && Rewards.AnsweredBox.Read(example.Read(completion), region).Box is { } box
            ? Pixels(example, region, box) : null;

    /// <summary>A truth as people write it; null where nobody knows it.</summary>
    public static string? Truth(Truth truth) => truth switch
    {
        { IsKnown: false } => null,
        Truth.Choice choice => $"{choice.Letter}. {choice.Options[choice.Letter - 'A']}",
        Truth.Region { Box: var box } =>
            string.Create(CultureInfo.InvariantCulture, $"[{box.X1:0.##}, {box.Y1:0.##}, {box.X2:0.##}, {box.Y2:0.##}]"),
        _ => truth.Kind.Write(truth).Text,
    };

    /// <summary>A box in pixels of the first picture; null without a picture, where it has none.</summary>
    /// <remarks>Whatever the frame, its extent is the whole picture.</remarks>
    public static Box? Pixels(Example example, Truth.Region region, Box box)
    {
        if (example.Images.Count == 0)
            return null;
        (int width, int height) = example.Images[0].Size(example.Id);
        return box.Scale(width / region.Width, height / region.Height);
    }

    private static double[]? Edges(Box? box) => box is { } one ? [one.X1, one.Y1, one.X2, one.Y2] : null;
}
