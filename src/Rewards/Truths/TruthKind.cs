namespace Vlm.Rewards;

/// <summary>A number of a report: the mean of a reward over the answers that have it.</summary>
/// <param name="Name">Its key in the report.</param>
/// <param name="Reward">What is averaged.</param>
public sealed record ReportedMetric(string Name, Reward Reward);

/// <summary>A kind of truth: its name in the <c>answer_type</c> column, how it is read and written, what answers earn.</summary>
/// <param name="Name">In the column <c>answer_type</c>.</param>
/// <param name="Rewards">What training pays where the example names no other reward; its accuracy says what is right.</param>
/// <param name="Score">What a report calls the reward of an answer: graded where <paramref name="Rewards"/> may shape.</param>
/// <param name="Metrics">What a report shows of this kind where the example names no other metric.</param>
/// <param name="Read">From the columns of a row. Throws <see cref="UsageException"/> where they hold no such truth.</param>
/// <param name="Write">Into columns from which <paramref name="Read"/> makes the same.</param>
public sealed record TruthKind(
    string Name, RewardSet Rewards, Reward Score, IReadOnlyList<ReportedMetric> Metrics, Func<TruthColumns, Truth> Read,
    Func<Truth, TruthColumns> Write) : INamed
{
    /// <summary>
    /// Reads the columns of a row, and checks the truth with what its reward will check: nothing is refused in the middle of
    /// training.
    /// </summary>
    public Func<TruthColumns, Truth> Read { get; init; } = row => Checked(Read(row), Rewards, row);

    /// <summary>The key under which reports show how many closed questions were answered right.</summary>
    public const string VqaAccuracy = "vqa_accuracy";

    /// <summary>A closed answer.</summary>
    public static TruthKind Word { get; } = Closed(
        "word", "word_match", TruthFormat.Word, truth => new() { Text = ((Truth.Word)truth).Answer });

    /// <summary>A number.</summary>
    public static TruthKind Number { get; } = Closed("number", "number_match", TruthFormat.Number, TruthFormat.Write);

    /// <summary>One of several lettered options.</summary>
    public static TruthKind Choice { get; } = Closed("choice", "choice_match", TruthFormat.Choice, TruthFormat.Write);

    /// <summary>
    /// A region of the image. Training pays half for the overlap and half again for a hit, so that every step towards the
    /// region pays and crossing the line that is measured pays most.
    /// </summary>
    public static TruthKind Region { get; } = new(
        "region", RewardSet.Parse("0.5 acc@0.5 + 0.5 iou", accuracy: "acc@0.5"), Reward.Table["iou"],
        [new("grounding_acc50", Reward.Table["acc@0.5"]), new("mean_iou", Reward.Table["iou"])],
        TruthFormat.Region, TruthFormat.Write);

    /// <summary>A text of several words; right where all are the same.</summary>
    public static TruthKind Text { get; } = new(
        "text", RewardSet.Parse("token_f1", accuracy: "normalized_match"), Reward.Table["token_f1"],
        [new(VqaAccuracy, Reward.Table["normalized_match"])],
        TruthFormat.Text, truth => new() { Text = ((Truth.Text)truth).Answer });

    /// <summary>
    /// All objects that are asked for. Training pays half for those that are met and half again for how well, as it does for a region;
    /// right is an answer that meets all of them and claims no other.
    /// </summary>
    public static TruthKind Boxes { get; } = new(
        "boxes", RewardSet.Parse("0.5 box_f1@0.5 + 0.5 detection_iou", accuracy: "box_f1@0.5"), Reward.Table["detection_iou"],
        [new("box_f1", Reward.Table["box_f1@0.5"]), new("detection_iou", Reward.Table["detection_iou"])], BoxesFormat.Read, BoxesFormat.Write);

    /// <summary>A number, an expression or several, compared as mathematics.</summary>
    public static TruthKind Expression { get; } = Closed(
        "math", "math_match", TruthFormat.Expression, truth => new() { Text = ((Truth.Expression)truth).Answer });

    /// <summary>A JSON Schema that answers keep to.</summary>
    public static TruthKind Schema { get; } = Closed(
        "json_schema", "json_schema", TruthFormat.Schema, truth => new() { Text = ((Truth.Schema)truth).Json });

    /// <summary>Kinds that tables may hold; a package adds its own.</summary>
    public static NamedTable<TruthKind> Table { get; } = new("answer_type", Word, Number, Choice, Region, Text, Boxes, Expression, Schema);

    internal static TruthKind Unknown { get; } = new("unknown", Refusal(), Refusal(), [],
        row => throw row.Wrong("an unknown truth cannot be read", "a row with an answer"),
        _ => throw new ArgumentException("no column holds an unknown truth"));

    /// <summary>The reward that says whether an answer is right: 1, or less.</summary>
    public Reward Accuracy => Rewards.Accuracy ?? Score;

    /// <summary>A kind of which every answer is right or wrong, and counts as a visual question.</summary>
    /// <param name="name">In the column <c>answer_type</c>.</param>
    /// <param name="reward">A name of <see cref="Reward.Table"/>: 1 right, 0 wrong.</param>
    /// <param name="read">From the columns of a row.</param>
    /// <param name="write">Into columns.</param>
    public static TruthKind Closed(
        string name, string reward, Func<TruthColumns, Truth> read, Func<Truth, TruthColumns> write) => new(
        name, Reward.Table[reward], Reward.Table[reward], [new(VqaAccuracy, Reward.Table[reward])], read, write);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Truth Checked(Truth truth, RewardSet rewards, TruthColumns row) => rewards.Problem(truth) is { } problem
        ? throw row.Wrong(problem, $"a truth that {rewards} can check") : truth;

    private static Reward Refusal() => Reward.Of("unknown",
        (_, _) => throw new ArgumentException("there is no reward where nobody knows what is right"));
}
