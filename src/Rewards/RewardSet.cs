using System.Globalization;

namespace Vlm.Rewards;

/// <summary>One reward of several.</summary>
/// <param name="Reward">What is measured.</param>
/// <param name="Weight">What it is multiplied by; 0 measures without rewarding.</param>
public sealed record WeightedReward(Reward Reward, double Weight);

/// <summary>What training pays: a weighted sum of rewards, and which of them says that an answer is right.</summary>
public sealed class RewardSet : IEquatable<RewardSet>
{
    /// <summary>A set of rewards.</summary>
    /// <param name="parts">At least one, each of a name of its own.</param>
    /// <param name="accuracy">
    /// Says whether an answer is right, where it gives 1; measured without rewarding where it is none of the parts. Null where
    /// no reward says so.
    /// </param>
    /// <exception cref="ArgumentException">No parts, two of one name, or a weight that is not finite.</exception>
    public RewardSet(IEnumerable<WeightedReward> parts, Reward? accuracy)
    {
        WeightedReward[] given = [.. parts];
        if (given.Length == 0 || given.Select(part => part.Reward.Name).Distinct().Count() != given.Length)
            throw new ArgumentException("a set needs at least one reward, each with a name of its own", nameof(parts));
        if (Array.Find(given, part => !double.IsFinite(part.Weight)) is { } odd)
            throw new ArgumentException($"reward '{odd.Reward.Name}' has weight {odd.Weight}", nameof(parts));
        bool measured = accuracy is null || given.Any(part => part.Reward.Name == accuracy.Name);
        (Parts, Accuracy) = (measured ? given : [new(accuracy!, 0), .. given], accuracy);
    }

    /// <summary>The rewards with their weights.</summary>
    public IReadOnlyList<WeightedReward> Parts { get; }

    /// <summary>The one that says whether an answer is right; null where none does.</summary>
    public Reward? Accuracy { get; }

    /// <summary>One reward that also says whether an answer is right.</summary>
    public static implicit operator RewardSet(Reward reward) => From(reward);

    /// <summary>One reward that also says whether an answer is right.</summary>
    public static RewardSet From(Reward reward) => new([new(reward, 1)], reward);

    /// <summary>Reads names of <see cref="Reward.Table"/> with their weights.</summary>
    /// <param name="text">"token_f1", "0.5 acc@0.5 + 0.5 iou", or "acc@0.5:0.5 + iou:0.5".</param>
    /// <param name="accuracy">The name of the reward that says whether an answer is right; null takes the first.</param>
    /// <param name="where">What messages point at: the option, or the file and row.</param>
    /// <exception cref="UsageException">A name that is in no row, a name twice, or a weight that is no number.</exception>
    public static RewardSet Parse(string text, string? accuracy = null, string? where = null) =>
        Parse(text.Split('+'), name => Reward.Find(name, where ?? $"rewards {text}"), accuracy, where);

    /// <summary>Reads rewards with their weights, each by itself.</summary>
    /// <param name="parts">"iou", "iou:0.5" or "0.5 iou" each.</param>
    /// <param name="find">The reward of a name.</param>
    /// <param name="accuracy">The name of the reward that says whether an answer is right; null takes the first.</param>
    /// <param name="where">What messages point at.</param>
    /// <exception cref="UsageException">A name twice, a weight that is no number, or what <paramref name="find"/> throws.</exception>
    public static RewardSet Parse(
        IReadOnlyList<string> parts, Func<string, Reward> find, string? accuracy = null, string? where = null)
    {
        string text = string.Join('+', parts), at = where ?? $"rewards {text}";
        WeightedReward[] read = [.. parts.Select(part => RewardSpec.Read(part, find, at))];
        if (read.Select(part => part.Reward.Name).Distinct().Count() != read.Length)
            throw new UsageException($"'{text}' names a reward twice", at, RewardSpec.Example);
        return new(read, accuracy is null ? read[0].Reward : find(accuracy));
    }

    /// <summary>The convention by which answers are found.</summary>
    public AnswerFormat Format { get; private init; } = AnswerFormat.Auto;

    /// <summary>The same rewards of answers that are found by another convention.</summary>
    public RewardSet WithAnswerFormat(AnswerFormat format) => new(Parts, Accuracy) { Format = format };

    /// <summary>What a completion earns.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">What is right.</param>
    /// <param name="id">The example's id, for messages.</param>
    /// <exception cref="ArgumentException">The truth is broken, or a reward does not take it, or gave no finite number.</exception>
    public TotalScore Compute(string completion, Truth truth, string id = "") => Compute(new SampledText(completion), truth, id);

    /// <inheritdoc cref="Compute(string, Truth, string)"/>
    /// <param name="completion">What the model wrote, with its tokens where they are known.</param>
    /// <param name="truth">What is right.</param>
    /// <param name="id">The example's id, for messages.</param>
    public TotalScore Compute(SampledText completion, Truth truth, string id = "")
    {
        Answer answer = Format.Read(completion, id);
        return Total([.. Parts.Select(part => part.Reward.Compute(answer, truth))]);
    }

    /// <summary>What the answers of a step earn, in their order; rewards that look at them together see them all.</summary>
    /// <param name="completions">What the model wrote.</param>
    /// <param name="truths">What is right for each.</param>
    /// <param name="ids">The examples' ids, for messages.</param>
    /// <exception cref="ArgumentException">As for one; or they are not as many.</exception>
    public IReadOnlyList<TotalScore> Compute(
        IReadOnlyList<string> completions, IReadOnlyList<Truth> truths, IReadOnlyList<string> ids) =>
        Compute([.. completions.Select(text => new SampledText(text))], truths, ids);

    /// <inheritdoc cref="Compute(IReadOnlyList{string}, IReadOnlyList{Truth}, IReadOnlyList{string})"/>
    /// <param name="completions">What the model wrote, with its tokens where they are known.</param>
    /// <param name="truths">What is right for each.</param>
    /// <param name="ids">The examples' ids: completions of one id are a group.</param>
    public IReadOnlyList<TotalScore> Compute(
        IReadOnlyList<SampledText> completions, IReadOnlyList<Truth> truths, IReadOnlyList<string> ids)
    {
        Answer[] answers = [.. completions.Zip(ids, Format.Read)];
        IReadOnlyList<Score>[] scores = [.. Parts.Select(part => part.Reward.Compute(answers, truths))];
        return [.. answers.Select((_, i) => Total([.. scores.Select(part => part[i])]))];
    }

    /// <summary>What keeps it from scoring this truth; null where nothing does.</summary>
    public string? Problem(Truth truth) =>
        Parts.Select(part => part.Reward.Problem(truth)).FirstOrDefault(problem => problem is not null);

    /// <summary>True for the same rewards with the same weights, accuracy and answer format.</summary>
    public bool Equals(RewardSet? other) => other is not null
        && Parts.SequenceEqual(other.Parts) && Accuracy == other.Accuracy && Format == other.Format;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RewardSet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parts.Count, Parts[0].Reward.Name, Accuracy?.Name, Format.Name);

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ",
        Parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Weight:R} {part.Reward.Name}")));

    private TotalScore Total(IReadOnlyList<Score> scores) => TotalScore.Of(
        [.. Parts.Select((part, i) => new ScorePart(part.Reward.Name, part.Weight, scores[i]))]).WithAccuracy(Accuracy?.Name);
}
