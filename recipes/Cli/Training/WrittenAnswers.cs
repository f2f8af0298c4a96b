using System.Globalization;
using Vlm;

namespace Recipes.Cli;

/// <summary>What was written to a question, from the columns of a file.</summary>
public static class WrittenAnswers
{
    /// <summary>The columns that completions stand in unless said otherwise: the first that has a text.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["completion", "prediction"];

    /// <summary>What a row holds in the first of the columns that holds a text.</summary>
    /// <param name="example">The row.</param>
    /// <param name="kept">Its columns.</param>
    /// <param name="columns">Those that are looked at.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public static string Of(Example example, IReadOnlyDictionary<string, object?> kept, IReadOnlyList<string> columns) =>
        columns.Select(column => Text(kept.GetValueOrDefault(column))).FirstOrDefault(text => text is not null) ?? throw new UsageException(
            $"the row has no text in {string.Join(" or ", columns)}", $"record {example.Id}", "--completion with the column that holds what was written");

    /// <summary>A text, a number, or the last turn of a chat; null for anything else.</summary>
    /// <param name="value">Of a column.</param>
    public static string? Text(object? value) => value switch
    {
        string text => text,
        object?[] { Length: > 0 } turns => Text(turns[^1]),
        IReadOnlyDictionary<string, object?> turn => Text(turn.GetValueOrDefault("content")) ?? Text(turn.GetValueOrDefault("text")),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
