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
    public static ConversationOptions HeldOut { get; } = new() { From = 0.9 };
}

/// <summary>
/// Conversations about images, one example for each answer: what was said before is the prompt, the answer the truth, scored by
/// the words it shares.
/// </summary>
/// <remarks>Rows are read as <see cref="Dataset.Open(string, DatasetOptions, CancellationToken)"/> reads them, all of them before the first is given.</remarks>
public static class Conversations
{
    /// <summary>
    /// The examples of a file, or of all files in a folder and below. The order and the parts follow from the names of
    /// the files and the rows alone, however the disk lists them.
    /// </summary>
    /// <exception cref="UsageException">No such file, no conversation, a broken row, or a missing image.</exception>
    public static IEnumerable<Example> Read(string path, ConversationOptions? options = null)
    {
        options ??= new ConversationOptions();
        Check(options);
        var reader = new FileReader(
            new DatasetOptions { ImageFolder = options.Images, Turns = AskedTurns.All, AnswerType = TruthKind.Text.Name }, default);
        Example[][] all = [.. DataPaths.Files(path).SelectMany(reader.Read)
            .GroupBy(read => read.Row, read => read.Example with { Kind = "talk" }).Select(row => row.ToArray())];
        if (all.Length == 0)
            throw new UsageException("there is no conversation to read", path, "a file with at least one row");
        return Part(all, options, path).SelectMany(examples => examples);
    }

    private static void Check(ConversationOptions options)
    {
        if (!(options.From >= 0 && options.From < options.To && options.To <= 1))
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"a part from {options.From} to {options.To} is empty"),
                "ConversationOptions", "0 <= From < To <= 1");
    }

    private static Example[][] Part(Example[][] all, ConversationOptions options, string path)
    {
        if (options is { From: 0, To: 1 })
            return all;
        int start = (int)Math.Round(options.From * all.Length), end = (int)Math.Round(options.To * all.Length);
        new RandomStream(options.Seed, "conversations").Shuffle<Example[]>(all);
        return end > start
            ? all[start..end]
            : throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.From:P0} to {options.To:P0} of {all.Length} conversations is none"),
                path, "more conversations, or a larger part");
    }
}
