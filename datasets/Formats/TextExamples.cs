using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Text without images, from JSON lines, a list in JSON, or Parquet.</summary>
/// <remarks>
/// A row has <c>text</c>: a document, which becomes the answer to <see cref="Request"/>; or <c>messages</c>: a
/// conversation as in <see cref="Conversations"/>, which becomes one example for each answer. <c>id</c> is optional.
/// </remarks>
public static class TextExamples
{
    /// <summary>The user's turn before a document.</summary>
    public const string Request = "The following is a text.";

    private static readonly string[] s_columns = ["image", "images"];

    private const string Fix = "leave rows with images out, or read the file with Conversations as paired data";

    /// <summary>The examples of a file in order, read as they are asked for; each is checked.</summary>
    /// <exception cref="UsageException">
    /// The file is missing, broken, or empty (thrown at once), or a row is wrong: it has an image or the mark of one.
    /// </exception>
    public static IEnumerable<Example> Read(string path)
    {
        if (!Rows.Read(path).Any())
            throw new UsageException(
                "the file holds no text, and the text-only half cannot be empty", path,
                "one row or more: {\"text\": \"...\"} on each line");
        return Rows.Read(path).SelectMany(Examples);
    }

    private static IEnumerable<Example> Examples(Row row)
    {
        Refuse(row);
        bool talk = row["text"] is null && (row["messages"] ?? row["conversations"]) is not null;
        return talk ? Talk(row) : [Document(row)];
    }

    private static void Refuse(Row row)
    {
        if (s_columns.FirstOrDefault(field => row[field] is not (null or object?[] { Length: 0 })) is { } field)
            throw row.Wrong($"text-only data has a column '{field}' with an image", Fix);
    }

    private static Example Document(Row row)
    {
        if (row["text"] is not string text || string.IsNullOrWhiteSpace(text))
            throw row.Wrong("the row has no text", "{\"text\": \"...\"} or {\"messages\": [{role, content}]}");
        RefuseMarks(text, row);
        string id = row["id"] switch { string name => name, long number => $"{number}", _ => row.Name };
        return new Example(id, "text", [], [Message.User(Request)], new Truth.Text(text), text);
    }

    private static IEnumerable<Example> Talk(Row row)
    {
        (Message[] turns, _) = DialogueTurns.Read(row);
        foreach (Content part in turns.SelectMany(turn => turn.Content))
            if (part.Text is { } text)
                RefuseMarks(text, row);
            else
                throw row.Wrong("text-only data has a place for an image", Fix);

        Dialogue dialogue = Dialogue.Read(row);
        return dialogue.Answers.Select((turn, i) => new Example(
            $"{dialogue.Id}.{i}", "text", [], [.. dialogue.Turns.Take(turn)],
            new Truth.Text(dialogue.AnswerAt(turn)), dialogue.AnswerAt(turn)));
    }

    private static void RefuseMarks(string text, Row row)
    {
        if (Dialogue.MarkIn(text) is { } mark)
            throw row.Wrong($"text-only data holds {mark}, the mark of an image", Fix);
    }
}
