using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Text without images, in any layout of <see cref="DatasetLayout.Table"/>.</summary>
/// <remarks>
/// A row has <c>text</c>: a document, which becomes the answer to <see cref="Request"/>; or a conversation, which becomes one
/// example for each answer.
/// </remarks>
public static class TextExamples
{
    /// <summary>The user's turn before a document.</summary>
    public const string Request = "The following is a text.";

    private const string Fix = "leave rows with images out, or read the file with Conversations as paired data";

    /// <summary>The examples of a file in order, read as they are asked for; each is checked.</summary>
    /// <exception cref="UsageException">
    /// The file is missing, broken, or empty (thrown at once), or a row is wrong: it has an image or the mark of one.
    /// </exception>
    public static IEnumerable<Example> Read(string path)
    {
        if (!Rows.Read(path).Any())
            throw Empty(path);
        var reader = new FileReader(new DatasetOptions { Turns = AskedTurns.All, AnswerType = TruthKind.Text.Name }, default);
        return reader.Read(path).Select(read => read.Example.Images.Count == 0
            ? read.Example with { Kind = "text" } : throw read.Row.Wrong("text-only data has a row with an image", Fix));
    }

    private static UsageException Empty(string path) => new(
        "the file holds no text, and the text-only half cannot be empty", path, "one row or more: {\"text\": \"...\"} on each line");
}
