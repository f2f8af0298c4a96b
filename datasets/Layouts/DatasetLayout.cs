namespace Vlm.Datasets;

/// <summary>A way in which rows are laid out in published files: how it is recognised, and where it comes from.</summary>
public sealed record DatasetLayout : INamed
{
    private DatasetLayout(string name, string columns, string source, Predicate<Row> isOf, Func<Row, RowParts> read) =>
        (Name, Columns, Source, IsOf, Read) = (name, columns, source, isOf, read);

    /// <summary>Every layout, in the order in which files are tried against them.</summary>
    public static NamedTable<DatasetLayout> Table { get; } = new("layout",
        new("own", "id, question or messages, answer, and any of image(s), kind, answer_type, truth, choices, box, frame, reward, metric",
            "docs/data.md of this project", OwnLayout.Is, OwnLayout.Read),
        new("nlvr", "id, image, sentence, label, permutation, structured_rep", "Suhr et al. 2017, https://aclanthology.org/P17-2034",
            Nlvr.Is, row => throw new InvalidOperationException(row.Name))
        {
            Examples = Nlvr.Examples,
        },
        new("coco", "a JSON object with images, annotations and categories", "Lin et al. 2014, arXiv:1405.0312; https://cocodataset.org/#format-data",
            CocoFile.Is, CocoFile.Read),
        new("refcoco", "image, sentences (or ref, phrase, expression ...), bbox", "Yu et al. 2016, arXiv:1608.00272",
            RefCocoLayout.Is, RefCocoLayout.Read),
        new("verl", "prompt: [{role, content}], images, reward_model: {ground_truth}", "https://verl.readthedocs.io/en/latest/preparation/prepare_data.html",
            ChatLayouts.IsVerl, ChatLayouts.Verl),
        new("trl", "prompt: a text or [{role, content}], image(s), solution", "https://huggingface.co/docs/trl/dataset_formats",
            ChatLayouts.IsTrl, ChatLayouts.Trl),
        new("pcogalign", "query, response, individual_RoleSet, image", "Li et al. 2025 (PCogAlignBench)",
            ChatLayouts.IsPCogAlign, ChatLayouts.PCogAlign),
        new("ms-swift", "messages with objects, solution, or query and response with history; images",
            "https://swift.readthedocs.io/en/latest/Customization/Custom-dataset.html", SwiftLayout.Is, SwiftLayout.Read),
        new("llava", "conversations: [{from, value}], image(s); VLM-R1 and MMRole too",
            "Liu et al. 2023, arXiv:2304.08485; Shen et al. 2025 (VLM-R1), arXiv:2504.07615; Dai et al. 2025 (MMRole)",
            ChatLayouts.IsLlava, ChatLayouts.Llava),
        new("messages", "messages: [{role, content}] with parts of type text, image and image_url",
            "https://platform.openai.com/docs/guides/supervised-fine-tuning", ChatLayouts.IsMessages, ChatLayouts.Messages),
        new("easyr1", "problem, answer or solution, image(s)", "https://github.com/hiyouga/EasyR1; Chen et al. 2025 (R1-V)",
            QuestionLayouts.IsProblem, QuestionLayouts.Problem),
        new("vqa", "question (query, instruction ...), answer(s), image(s) or image_1 ..., choices or options or A, B, C ...",
            "question and answer columns of sets on the Hugging Face hub", QuestionLayouts.IsVqa, QuestionLayouts.Vqa),
        new("text", "text: a document", "language-modelling sets on the Hugging Face hub", TextLayout.Is, TextLayout.Read));

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The columns by which it is recognised, in words.</summary>
    public string Columns { get; }

    /// <summary>Who defined it.</summary>
    public string Source { get; }

    /// <summary>True where a row is laid out so.</summary>
    internal Predicate<Row> IsOf { get; }

    /// <summary>The examples of a row, for a data set that is read in its own way; null for layouts of many.</summary>
    internal Func<Row, IReadOnlyList<Example>>? Examples { get; init; }

    /// <summary>What stands where in a row.</summary>
    internal Func<Row, RowParts> Read { get; }

    /// <summary>The layout of a file by one of its rows.</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    internal static DatasetLayout Of(Row row) => Table.FirstOrDefault(layout => layout.IsOf(row)) ?? throw (Roles.HasQuestion(row)
        ? RowTruth.NoAnswer(row)
        : row.Wrong(row.Columns.Any() ? $"the columns {row.ColumnNames} are no layout that is known" : "the row has no columns", $"{nameof(DatasetOptions.Columns)} = {Guess(row)}"));

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string Guess(Row row)
    {
        string[] texts = [.. row.Columns.Where(column => row.Peek(column) is string && !ImageColumns.Names.Contains(column))];
        string question = NearestName.Of("question", texts) ?? texts.FirstOrDefault() ?? "COLUMN";
        string answer = NearestName.Of("answer", texts.Where(column => column != question)) ?? texts.LastOrDefault(column => column != question) ?? "COLUMN";
        return $"question={question},answer={answer}";
    }
}
