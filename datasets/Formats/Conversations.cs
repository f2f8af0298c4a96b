using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Which conversations to read, and where their images are.</summary>
public sealed record ConversationOptions
{
    /// <summary>Folder that image paths start from; null for the folder of the file that names them.</summary>
    public string? Images { get; init; }

    /// <summary>Start of the part to read, 0 to 1 of the shuffled conversations.</summary>
    public double From { get; init; }

    /// <summary>End of the part, not included.</summary>
    public double To { get; init; } = 1;

    /// <summary>Which shuffle; parts of one seed never share a conversation.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The first half, to imitate: as MMRole is cut for latent actions (arXiv:2601.07516).</summary>
    public static ConversationOptions Imitate { get; } = new() { To = 0.5 };

    /// <summary>50 to 90 %, to reinforce on.</summary>
    public static ConversationOptions Reinforce { get; } = new() { From = 0.5, To = 0.9 };

    /// <summary>The last tenth, to report.</summary>
    public static ConversationOptions Held { get; } = new() { From = 0.9 };
}

/// <summary>
/// Conversations about images, one example for each answer: what was said before is the prompt, the answer the truth.
/// </summary>
/// <remarks>
/// Files are a list in JSON, JSON lines, or Parquet; a row is one of
/// <code>
/// messages       [{role, content}]      content a text, or a list of {type: text, text} and {type: image, image}
/// conversations  [{from, value}]        from human, gpt or system; or role with the name of the character who answers,
///                                       as MMRole publishes its dialogues
/// query, response, individual_RoleSet   one question, as in PCogAlignBench; who asks becomes the system's turn
/// </code>
/// and has <c>image</c> or <c>images</c>: paths, {path}, {file_path} or {bytes}. A literal <c>&lt;image&gt;</c> in a
/// user's text is the place of an image; where the row has a place of another form for the same image, the literal is
/// dropped. Images without a place come before the first question.
/// </remarks>
public static class Conversations
{
    private static readonly string[] s_kinds = [".json", ".jsonl", ".ndjson", ".parquet"];

    /// <summary>
    /// The examples of a file, or of all files in a folder and below. The order and the parts follow from the names of
    /// the files and the rows alone, however the disk lists them. Rows are checked at once, images as they are asked
    /// for.
    /// </summary>
    /// <exception cref="UsageException">No such file, no conversation, a broken row, or a missing image.</exception>
    public static IEnumerable<Example> Read(string path, ConversationOptions? options = null)
    {
        options ??= new ConversationOptions();
        Check(options);
        Dialogue[] all = [.. Files(path).SelectMany(Rows.Read).Select(Dialogue.Read)];
        if (all.Length == 0)
            throw new UsageException("there is no conversation to read", path, "a file with at least one row");
        return Part(all, options, path).SelectMany(dialogue => Examples(dialogue, options.Images));
    }

    /// <summary>The files of a folder and below that <see cref="Read"/> reads, by name; or the file itself.</summary>
    /// <exception cref="UsageException">Neither a file nor a folder with such files.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => s_kinds.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))];
        return files.Length > 0
            ? Sorted(files)
            : throw new UsageException(
                "the folder holds no conversations", path, $"files that end in {string.Join(", ", s_kinds)}");
    }

    /// <summary>File names in the order of their letters, wherever the disk puts them.</summary>
    internal static string[] Sorted(IEnumerable<string> files) => [.. files.Order(StringComparer.Ordinal)];

    private static void Check(ConversationOptions options)
    {
        if (!(options.From >= 0 && options.From < options.To && options.To <= 1))
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"a part from {options.From} to {options.To} is empty"),
                "ConversationOptions", "0 <= From < To <= 1");
    }

    private static Dialogue[] Part(Dialogue[] all, ConversationOptions options, string path)
    {
        if (options is { From: 0, To: 1 })
            return all;
        int start = (int)Math.Round(options.From * all.Length), end = (int)Math.Round(options.To * all.Length);
        new RandomStream(options.Seed, "conversations").Shuffle<Dialogue>(all);
        return end > start
            ? all[start..end]
            : throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.From:P0} to {options.To:P0} of {all.Length} conversations is none"),
                path, "more conversations, or a larger part");
    }

    private static IEnumerable<Example> Examples(Dialogue dialogue, string? folder) =>
        dialogue.Answers.Select((turn, i) =>
        {
            ImageSource[] images = [.. dialogue.Images.Take(dialogue.PlacesBefore(turn))
                .Select(image => DialogueImages.Read(image, dialogue.Row, folder))];
            string answer = dialogue.AnswerAt(turn);
            return new Example(
                string.Create(CultureInfo.InvariantCulture, $"{dialogue.Id}.{i}"), "talk", images,
                [.. dialogue.Turns.Take(turn)], new Truth.Passage(answer), answer);
        });
}
