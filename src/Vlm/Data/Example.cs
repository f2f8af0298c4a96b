using Vlm.Rewards;

namespace Vlm;

/// <summary>One question with its images and its true answer: what a data set gives, and all that training and scoring need.</summary>
/// <param name="Id">Unique in its split; named in every message about this record.</param>
/// <param name="Kind">The question's type, such as "count" or "ground": reports are split by it.</param>
/// <param name="Images">The images, in the order the messages place them.</param>
/// <param name="Messages">The chat up to the question; never the answer.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion, for supervised steps.</param>
public sealed record Example(
    string Id, string Kind, IReadOnlyList<ImageSource> Images, IReadOnlyList<Message> Messages, Truth Truth, string Answer)
{
    /// <summary>What training pays where it is not what the kind of truth says; null for that.</summary>
    public RewardSet? Rewards { get; init; }

    /// <summary>
    /// The reward that says whether an answer is right, where it is not what the kind of truth says; null for that.
    /// </summary>
    public Reward? Metric { get; init; }

    /// <summary>
    /// The question names no frame of coordinates: boxes are answered in the frame that the model was taught. Otherwise the question
    /// asks for the frame of the truth.
    /// </summary>
    public bool AsksForModelFrame { get; init; }

    /// <summary>Boxes and points that its words name, in the order of their places; none where the words name none.</summary>
    public IReadOnlyList<WrittenBox> Boxes { get; init; } = [];

    /// <summary>The text of the last turn: what is asked.</summary>
    public string Question => string.Concat(Messages[^1].Content.Select(part => part.Text));

    /// <summary>What training pays for a completion, with its parts and its accuracy.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <exception cref="ArgumentException">The truth is broken, or of a kind that a reward does not take.</exception>
    public TotalScore Score(string completion) => Score(new SampledText(completion));

    /// <inheritdoc cref="Score(string)"/>
    /// <param name="completion">What the model wrote, with its tokens where they are known.</param>
    public TotalScore Score(SampledText completion) => Judged((Rewards ?? Truth.Kind.Rewards).Compute(completion, Truth, Id), completion);

    /// <summary>What training pays for the completions of a step: rewards that look at them together see all that they are paid for.</summary>
    /// <param name="examples">What was asked.</param>
    /// <param name="completions">What the model wrote, one for each.</param>
    /// <exception cref="ArgumentException">They are not as many; or as for one.</exception>
    public static IReadOnlyList<TotalScore> Score(IReadOnlyList<Example> examples, IReadOnlyList<string> completions) =>
        Score(examples, [.. completions.Select(text => new SampledText(text))]);

    /// <inheritdoc cref="Score(IReadOnlyList{Example}, IReadOnlyList{string})"/>
    /// <param name="examples">What was asked.</param>
    /// <param name="completions">What the model wrote, one for each, with its tokens where they are known.</param>
    public static IReadOnlyList<TotalScore> Score(IReadOnlyList<Example> examples, IReadOnlyList<SampledText> completions)
    {
        if (examples.Count != completions.Count)
            throw new ArgumentException($"{examples.Count} examples and {completions.Count} completions must be as many", nameof(completions));
        var scores = new TotalScore[examples.Count];
        foreach (IGrouping<RewardSet, int> group in Enumerable.Range(0, scores.Length)
            .GroupBy(i => examples[i].Rewards ?? examples[i].Truth.Kind.Rewards))
        {
            int[] rows = [.. group];
            IReadOnlyList<TotalScore> paid = group.Key.Compute(
                [.. rows.Select(i => completions[i])], [.. rows.Select(i => examples[i].Truth)], [.. rows.Select(i => examples[i].Id)]);
            for (int i = 0; i < rows.Length; i++)
                scores[rows[i]] = examples[rows[i]].Judged(paid[i], completions[rows[i]]);
        }

        return scores;
    }

    /// <summary>Whether a completion is right: 1, or less.</summary>
    /// <inheritdoc cref="Score(string)"/>
    public Score Accuracy(string completion) =>
        (Metric ?? Rewards?.Accuracy ?? Truth.Kind.Accuracy).Compute(Read(completion), Truth);

    /// <summary>A completion with its answer, as the example's rewards find it.</summary>
    /// <param name="completion">What the model wrote.</param>
    public Answer Read(string completion) => Read(new SampledText(completion));

    private Answer Read(SampledText completion) => (Rewards?.Format ?? AnswerFormat.Auto).Read(completion, Id);

    // The metric is measured without paying where it is not among what is paid.
    private TotalScore Judged(TotalScore paid, SampledText completion)
    {
        if (Metric is not { } metric)
            return paid;
        TotalScore measured = paid.Parts.Any(part => part.Name == metric.Name) ? paid
            : TotalScore.Of([new(metric.Name, 0, metric.Compute(Read(completion), Truth)), .. paid.Parts]);
        return measured.WithAccuracy(metric.Name);
    }

    /// <summary>A question that nobody has answered yet.</summary>
    /// <param name="messages">The chat up to the question, with a place for each image.</param>
    /// <param name="images">The images, in the order the messages place them.</param>
    /// <param name="id">Named in messages about it.</param>
    public static Example Ask(IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, string id = "question") =>
        new(id, "chat", images, messages, Truth.Unknown, "");
}
