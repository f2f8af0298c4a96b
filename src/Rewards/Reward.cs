namespace Vlm.Rewards;

/// <summary>A truth with a completion that earns the most a reward gives: documentation, and where the fuzz test starts.</summary>
/// <param name="Truth">What is right.</param>
/// <param name="Right">Earns <see cref="Reward.High"/>.</param>
public sealed record RewardExample(Truth Truth, string Right);

/// <summary>
/// A function of a completion and what is right. In training it is a reward, in a report a metric: they are the same thing.
/// Pure; a wrong answer earns little and says why, and never throws.
/// </summary>
public sealed record Reward : INamed
{
    private readonly Func<Answer, Truth, Score> _score;

    private Reward(string name, Type takes, Func<Answer, Truth, Score> score) => (Name, Takes, _score) = (name, takes, score);

    /// <summary>The rewards that data sets and options choose from; a package adds its own.</summary>
    public static NamedTable<Reward> Table { get; } = RewardRows.Table();

    // Set where a reward looks at many completions together; then its truths are not tried beforehand.
    private Func<IReadOnlyList<Answer>, IReadOnlyList<Truth>, IReadOnlyList<Score>>? Together { get; init; }

    /// <inheritdoc/>
    public string Name { get; private init; }

    /// <summary>The type of truth it needs; <see cref="Truth"/> where any will do.</summary>
    public Type Takes { get; }

    /// <summary>The least it gives.</summary>
    public double Low { get; init; }

    /// <summary>The most it gives.</summary>
    public double High { get; init; } = 1;

    /// <summary>The paper or the official scorer; empty for one of the user's own.</summary>
    public string Source { get; init; } = "";

    /// <summary>What earns the most; null for one of the user's own.</summary>
    public RewardExample? Example { get; init; }

    /// <summary>The reward of a name: a row of the table, or one of a family with its numbers, such as <c>acc@0.75</c>.</summary>
    /// <param name="name">As it was typed.</param>
    /// <param name="where">What a message points at: the option, or the file and row.</param>
    /// <exception cref="UsageException">There is none, or the numbers are not those of the family.</exception>
    public static Reward Find(string name, string where) =>
        Table.Contains(name) ? Table[name] : RewardFamily.Find(name, where) ?? Table.Find(name, where);

    /// <summary>A reward of one's own.</summary>
    /// <param name="name">What it is logged under.</param>
    /// <param name="score">From all that the model wrote and what is right for its example.</param>
    public static Reward Of(string name, Func<string, Truth, Score> score) => Of<Truth>(name, score);

    /// <summary>A reward of one's own for one type of truth.</summary>
    /// <inheritdoc cref="Of(string, Func{string, Truth, Score})"/>
    public static Reward Of<TTruth>(string name, Func<string, TTruth, Score> score)
        where TTruth : Truth => OfAnswer<TTruth>(name, (answer, truth) => score(answer.Completion, truth));

    /// <summary>A reward of the answer: what is left of a completion without its thinking and its working.</summary>
    /// <param name="name">What it is logged under.</param>
    /// <param name="score">From the answer and what is right for its example. An answer may have no text: that earns nothing.</param>
    public static Reward OfAnswer<TTruth>(string name, Func<Answer, TTruth, Score> score)
        where TTruth : Truth => new(name, typeof(TTruth), (answer, truth) => score(answer, (TTruth)truth));

    /// <summary>A reward of one's own that looks at all completions of a step together.</summary>
    /// <param name="name">What it is logged under.</param>
    /// <param name="score">
    /// From the answers and what is right for each, a score for each in their order. It is called for real answers alone: <see
    /// cref="Problem"/> tries no truth on it.
    /// </param>
    public static Reward OfBatch(string name, Func<IReadOnlyList<Answer>, IReadOnlyList<Truth>, IReadOnlyList<Score>> score) =>
        new(name, typeof(Truth), (answer, truth) => Checked(name, score([answer], [truth]), 1)[0]) { Together = score };

    /// <summary>What a completion earns; its answer is found as <see cref="AnswerFormat.Auto"/> does.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">What is right.</param>
    /// <exception cref="ArgumentException">The truth is broken, or of a type that this reward does not take.</exception>
    public Score Compute(string completion, Truth truth) => Compute(AnswerFormat.Auto.Read(completion), truth);

    /// <summary>What an answer earns.</summary>
    /// <param name="answer">The completion, as an <see cref="AnswerFormat"/> reads it.</param>
    /// <param name="truth">What is right.</param>
    /// <exception cref="ArgumentException">The truth is broken, or of a type that this reward does not take.</exception>
    public Score Compute(Answer answer, Truth truth) => Takes.IsInstanceOfType(truth)
        ? _score(answer, truth)
        : throw new ArgumentException(
            $"{Name} takes a truth of type {Takes.Name.ToLowerInvariant()}, and this one is {truth?.Kind.Name ?? "null"}",
            nameof(truth));

    /// <summary>What the answers of a step earn, in their order.</summary>
    /// <param name="answers">The completions.</param>
    /// <param name="truths">What is right for each.</param>
    /// <exception cref="ArgumentException">
    /// They are not as many, or a truth is broken or of a type that this reward does not take, or scores are missing.
    /// </exception>
    public IReadOnlyList<Score> Compute(IReadOnlyList<Answer> answers, IReadOnlyList<Truth> truths)
    {
        if (answers.Count != truths.Count)
            throw new ArgumentException($"{answers.Count} answers and {truths.Count} truths must be as many", nameof(truths));
        return Together is null
            ? [.. answers.Zip(truths, Compute)] : Checked(Name, Together(answers, truths), answers.Count);
    }

    /// <summary>What keeps it from scoring this truth; null where nothing does.</summary>
    public string? Problem(Truth truth)
    {
        if (Together is not null)
            return null;
        try
        {
            Compute("", truth);
            return null;
        }
        catch (ArgumentException problem)
        {
            return problem.Message.Split(" (Parameter ")[0];
        }
    }

    internal Reward Named(string name) => this with { Name = name };

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IReadOnlyList<Score> Checked(string name, IReadOnlyList<Score> scores, int count) => scores.Count == count
        ? scores : throw new ArgumentException($"{name} gave {scores.Count} scores for {count} answers");
}
