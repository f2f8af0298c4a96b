using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>What is asked: the data's question, its options where it does not name them, and the user's template around both.</summary>
/// <param name="system">The system's turn of every prompt; null for the data's own.</param>
/// <param name="template">Text with columns in braces; null to ask as the data does.</param>
internal sealed partial class QuestionText(string? system, string? template)
{
    // Stands for an image between texts; no file has it (Unicode: a noncharacter).
    private const char Place = '\uFDD0';

    /// <summary>The text of an option, or of the file that it names after an @.</summary>
    /// <exception cref="OptionException">The file cannot be read, or is empty.</exception>
    public static string? Text(string? option, string property)
    {
        if (option is null || !option.StartsWith('@'))
            return option;
        try
        {
            return System.Text.Encoding.UTF8.GetString(RegularFile.ReadAllBytes(option[1..])).TrimStart('\uFEFF').TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OptionException($"the file {option[1..]} cannot be read: {error.Message}", property, option, $"{property} = @prompt.txt");
        }
    }

    /// <summary>The turns as they are asked.</summary>
    /// <param name="turns">As the file has them.</param>
    /// <param name="choices">The options' texts; null where there are none.</param>
    /// <param name="isQuestion">Options that the question does not name are added to it.</param>
    /// <param name="every">Each user's turn is asked; else the last one alone.</param>
    /// <param name="row">Where they stand.</param>
    public Message[] Of(IReadOnlyList<Message> turns, IReadOnlyList<string>? choices, bool isQuestion, bool every, Row row)
    {
        int last = turns.ToList().FindLastIndex(turn => turn.Role == "user");
        IEnumerable<Message> asked = turns.Select((turn, i) => turn.Role == "user" && (i == last || every)
            ? Asked(turn, choices, isQuestion, row) : turn);
        string? told = row.Has("system") ? Values.Text(row["system"]) ?? throw row.Wrong("the column system is no text", "system: a text") : null;
        if (told is not null && turns[0].Role == "system")
            throw row.Wrong("the row has a system column and a system turn", $"{nameof(DatasetOptions.IgnoreColumns)} = system");
        return (system ?? told) is { } text ? [ChatTurns.System(text), .. asked.Where(turn => turn.Role != "system")] : [.. asked];
    }

    private Message Asked(Message turn, IReadOnlyList<string>? choices, bool isQuestion, Row row)
    {
        if (template is null && (choices is null || !isQuestion))
            return turn;
        string question = string.Concat(turn.Content.Select(part => part.Text ?? $"{Place}"));
        string text = template is null ? question : Filled(template, question, choices, row);
        if (choices is not null && isQuestion && !choices.All(choice => text.Contains(choice, StringComparison.Ordinal)))
            text = $"{text}{ChoiceColumns.Break(text)}{ChoiceColumns.Listed(choices)}";
        int lost = question.Count(Place) - text.Count(Place);
        return turn with { Content = [.. Enumerable.Repeat(Content.Image, Math.Max(0, lost)), .. Parts(text)] };
    }

    private static IEnumerable<Content> Parts(string text) => text.Split(Place)
        .SelectMany((piece, i) => i == 0 ? [new Content(piece)] : (Content[])[Content.Image, new(piece)])
        .Where(part => part.IsImage || part.Text!.Length > 0);

    private static string Filled(string template, string question, IReadOnlyList<string>? choices, Row row) =>
        Placeholder().Replace(template, found => found.Groups["name"].Value switch
        {
            "" => found.Value[..1],
            "question" => question,
            "choices" or "options" when choices is not null => ChoiceColumns.Listed(choices),
            var name => Values.Text(row[name]) ?? throw Unknown(name, row),
        });

    private static UsageException Unknown(string name, Row row)
    {
        if (row.Columns.Contains(name.Split('.')[0]))
            return row.Wrong($"the template asks for {{{name}}}, which is {Values.KindOf(row.Peek(name))} in this row", "a text in every row");
        string[] known = ["question", "choices", .. row.Columns];
        return row.Wrong(
            $"the template asks for {{{name}}}, and there is no such column; there are {row.ColumnNames}",
            $"{{{NearestName.Ranked(name, known, 1)[0]}}}, or {{{{{name}}}}} for the word in braces");
    }

    // {{ and }} stand for braces, as in C# and Python.
    [GeneratedRegex(@"\{\{|\}\}|\{(?<name>[A-Za-z_][A-Za-z0-9_.\-]*)\}")]
    private static partial Regex Placeholder();
}
