namespace Vlm.Datasets;

/// <summary>A way in which published files lay out pairs of answers: how it is recognised, and where it comes from.</summary>
public sealed record PreferenceLayout : INamed
{
    private PreferenceLayout(string name, string columns, string source, Predicate<Row> isOf, Func<Row, PairParts> read) =>
        (Name, Columns, Source, IsOf, Read) = (name, columns, source, isOf, read);

    /// <summary>Every layout, in the order in which rows are tried against them.</summary>
    public static NamedTable<PreferenceLayout> Table { get; } = new("layout of pairs",
        new("own", "id, question or messages, chosen, rejected, and any of image(s), kind, strength, and the truth's columns of docs/data.md",
            "docs/preferences.md of this project", OwnPairs.Is, OwnPairs.Read),
        new("vl-rewardbench", "query, response: a list, human_ranking: the rank of each from 0, image",
            "Li et al. 2024 (VL-RewardBench), arXiv:2411.17451", RankedPairs.Is, RankedPairs.Read),
        new("llava-rlhf", "conversations, output_1, output_2, preference: 1 or 2, image",
            "Sun et al. 2023 (LLaVA-RLHF), arXiv:2309.14525", NumberedPairs.Is, NumberedPairs.Read),
        new("ms-swift", "messages that end with the chosen answer, rejected_response or rejected_messages, images",
            "https://swift.readthedocs.io/en/latest/Customization/Custom-dataset.html", SwiftPairs.Is, SwiftPairs.Read),
        new("llama-factory", "conversations or messages, chosen and rejected: a turn each, images; or instruction, input, chosen, rejected",
            "https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md", FactoryPairs.Is, FactoryPairs.Read),
        new("rlhf-v", "question, chosen, rejected, image; or text: JSON with these",
            "Yu et al. 2023 (RLHF-V), arXiv:2312.00849; Yu et al. 2024 (RLAIF-V), arXiv:2405.17220",
            HallucinationPairs.Is, HallucinationPairs.Read),
        new("trl", "prompt, chosen, rejected: texts or turns; without a prompt, conversations with a common beginning; image(s)",
            "https://huggingface.co/docs/trl/dataset_formats#preference", row => HasSides(row), PairTurns.OfColumns),
        new("unified-reward", "conversations in which a judge says which of two answers is better, image",
            "Wang et al. 2025 (UnifiedReward), arXiv:2503.05236; Xiong et al. 2024 (LLaVA-Critic), arXiv:2410.02712",
            JudgedPairs.Is, JudgedPairs.Read));

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The columns by which it is recognised, in words.</summary>
    public string Columns { get; }

    /// <summary>Who defined it.</summary>
    public string Source { get; }

    /// <summary>True where a row is laid out so.</summary>
    internal Predicate<Row> IsOf { get; }

    /// <summary>What stands where in a row.</summary>
    internal Func<Row, PairParts> Read { get; }

    /// <summary>The layout of a row.</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    internal static PreferenceLayout Of(Row row) => Table.FirstOrDefault(layout => layout.IsOf(row)) ?? throw row.Wrong(
        row.Columns.Any() ? $"the columns {row.ColumnNames} are no layout of pairs" : "the row has no columns",
        $"{nameof(DatasetOptions.Columns)} = question={Guess(row, "question", "prompt")},chosen={Guess(row, "chosen", "better")},"
        + $"rejected={Guess(row, "rejected", "worse")}");

    /// <summary>True where a row has both sides by name, whatever they hold.</summary>
    internal static bool HasSides(Row row) => PairTurns.Named(row, "chosen") && PairTurns.Named(row, "rejected");

    /// <summary>True where a column holds a list, or JSON of one.</summary>
    internal static bool IsList(Row row, string column) => Values.Structured(row.Peek(column)) is object?[] { Length: > 0 };

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string Guess(Row row, params string[] names) =>
        names.Select(name => NearestName.Of(name, row.Columns)).FirstOrDefault(near => near is not null) ?? "COLUMN";
}
