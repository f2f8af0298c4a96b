namespace Vlm.Datasets;

/// <summary>RLHF-V and RLAIF-V: a question, an answer with fewer hallucinations, and one with more.</summary>
internal static class HallucinationPairs
{
    private static readonly string[] s_questions = ["question", "problem", "query"];

    /// <summary>A question of its own beside both sides, or a column text that holds all three as JSON.</summary>
    public static bool Is(Row row) => IsPacked(row) || (PreferenceLayout.HasSides(row) && !row.Has("prompt")
        && s_questions.Any(name => PairTurns.Named(row, name)));

    /// <summary>What stands where; what kind of question it is where <c>origin_split</c> says it.</summary>
    public static PairParts Read(Row row) => (IsPacked(row) ? Packed(row) : PairTurns.OfColumns(row)) with
    {
        Kind = Values.Structured(row.Peek("origin_split")) is IReadOnlyDictionary<string, object?> origin
            && Values.Text(origin.GetValueOrDefault("type")) is { Length: > 0 } type ? type : null,
    };

    private static bool IsPacked(Row row) => !PairTurns.Named(row, "chosen") && row.Has("text.chosen") && row.Has("text.rejected");

    private static PairParts Packed(Row row) => new(
        QuestionLayouts.Asked(row, row["text.question"] as string
            ?? throw row.Wrong("the column text has no question", "text: {question, chosen, rejected}")),
        [new(Side(row, "chosen"), Side(row, "rejected"))]);

    private static string Side(Row row, string name) => PairTurns.Read(row[$"text.{name}"], name, row).Answer;
}

/// <summary>LLaVA-RLHF: a conversation, two outputs, and the number of the better one.</summary>
internal static class NumberedPairs
{
    /// <summary>It has both outputs and the number.</summary>
    public static bool Is(Row row) => row.Has("output_1") && row.Has("output_2") && row.Columns.Contains("preference");

    /// <summary>What stands where.</summary>
    public static PairParts Read(Row row)
    {
        // {from: llava, value: ...}: whoever spoke, it is an answer.
        string first = Output(row, "output_1"), second = Output(row, "output_2");
        PairSides sides = Values.Text(row["preference"]) switch
        {
            "1" => new(first, second),
            "2" => new(second, first),
            var other => throw row.Wrong($"the preference is {other ?? "nothing"}", "preference: 1 or 2"),
        };
        string column = PreferenceLayout.IsList(row, "conversations") ? "conversations" : "messages";
        (Message[] turns, object?[] images) = ChatTurns.Read(row[column], row, characters: false);
        return new(new() { Turns = turns, Inside = images, Beside = ImageColumns.Read(row) }, [sides]);
    }

    private static string Output(Row row, string column) =>
        Values.Text(row[$"{column}.value"] ?? row[$"{column}.content"] ?? row[column])
        ?? throw row.Wrong($"{column} is {Values.KindOf(row.Peek(column))}", $"{column}: {{value: the answer}}");
}

/// <summary>VL-RewardBench: several answers, and the rank that people gave to each.</summary>
internal static class RankedPairs
{
    // The groups of the paper's table, by the set that a question comes from.
    private static readonly Dictionary<string, string> s_groups = new(StringComparer.OrdinalIgnoreCase)
    {
        ["WildVision"] = "general",
        ["VLFeedback"] = "general",
        ["POVID"] = "hallucination",
        ["RLAIF-V"] = "hallucination",
        ["RLHF-V"] = "hallucination",
        ["MMMU-Pro"] = "reasoning",
        ["MathVerse"] = "reasoning",
    };

    /// <summary>It has answers with ranks.</summary>
    public static bool Is(Row row) => row.Has("human_ranking") && (row.Has("response") || row.Has("responses"));

    /// <summary>A pair for each two answers of different rank; rank 0 is the best.</summary>
    public static PairParts Read(Row row)
    {
        string[] answers = Values.Texts(row["response"] ?? row["responses"])
            ?? throw row.Wrong("the responses are no list of texts", "response: [first, second]");
        double[] ranks = Values.Numbers(row["human_ranking"])
            ?? throw row.Wrong("human_ranking is no list of numbers", "human_ranking: [0, 1]");
        if (answers.Length != ranks.Length)
            throw row.Wrong($"there are {answers.Length} responses and {ranks.Length} ranks", "a rank for each response");
        PairSides[] pairs = [.. from better in Enumerable.Range(0, ranks.Length) from worse in Enumerable.Range(0, ranks.Length)
                                where ranks[better] < ranks[worse]
                                select new PairSides(answers[better], answers[worse])
                                {
                                    Strength = ranks.Length > 2 ? ranks[worse] - ranks[better] : null,
                                }];
        if (pairs.Length == 0)
            return PairParts.None("all answers have one rank");
        string? source = Values.Text(row["query_source"]);
        return new(PairTurns.Prompt(row) ?? throw row.Wrong("the row has no query", "query: the question"), pairs)
        {
            Kind = source is null ? null : s_groups.GetValueOrDefault(source, source),
        };
    }
}
