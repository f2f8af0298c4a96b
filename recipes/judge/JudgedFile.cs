using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

/// <summary>What a file has to be judged: completions, or two answers in each row.</summary>
sealed record JudgedFile(IReadOnlyList<string> Ids, IReadOnlyList<Completion> Completions, IReadOnlyList<AnswerPair> Pairs)
{
    private static readonly (string First, string Second)[] s_pairs =
        [("completion_a", "completion_b"), ("response_a", "response_b"), ("answer_a", "answer_b"), ("chosen", "rejected")];

    public bool HasPairs => Pairs.Count > 0;

    /// <summary>Reads files.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be read, or a row has nothing that was written.</exception>
    public static JudgedFile Read(IReadOnlyList<string> files, JudgeToolOptions options, CancellationToken cancel)
    {
        if (files.Count == 0)
            throw new UsageException("there is no file", "./vlm judge", "./vlm judge answers.jsonl --judge DIR");
        IReadOnlyList<string> single = options.Completion is { } own ? [own] : WrittenAnswers.Columns;
        (string First, string Second)[] pairs = options.Other is { } other ? [.. single.Select(column => (column, other))] : s_pairs;
        string[] columns = [.. single, .. pairs.SelectMany(pair => new[] { pair.First, pair.Second })];
        Dataset read = Dataset.Open(files, options.Reading with { Keep = [.. columns.Distinct()] }, cancel);
        Example[] examples = Shared([.. read.Examples]);
        string[] ids = [.. read.Examples.Select(example => example.Id)];

        (string First, string Second)[] there = [.. pairs.Where(pair => read.Kept.Any(row => Has(row, pair.First) && Has(row, pair.Second)))];
        if (there.Length > 0 || options.Other is not null)
            return new(ids, [], [.. examples.Zip(read.Kept, (example, row) => new AnswerPair(example,
                WrittenAnswers.Of(example, row, [.. there.Select(pair => pair.First)]), WrittenAnswers.Of(example, row, [.. there.Select(pair => pair.Second)])))]);
        return new(ids, [.. examples.Zip(read.Kept, (example, row) => new Completion(example, WrittenAnswers.Of(example, row, single)))], []);
    }

    private static bool Has(IReadOnlyDictionary<string, object?> row, string column) => WrittenAnswers.Text(row.GetValueOrDefault(column)) is not null;

    // Rows with the same question about the same images are a group: their completions are compared with each other.
    private static Example[] Shared(Example[] examples)
    {
        var first = new Dictionary<string, Example>();
        return [.. examples.Select(example => first.TryGetValue(Key(example), out Example? known) ? known : first[Key(example)] = example)];
    }

    private static string Key(Example example) => string.Join('\n', example.Messages.Select(message =>
            message.Role + string.Concat(message.Content.Select(part => part.Text ?? "\0"))))
        + "\n" + example.Answer + "\n" + string.Join(' ', example.Images.Select(image =>
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(image.Encoded($"record {example.Id}")))));
}
