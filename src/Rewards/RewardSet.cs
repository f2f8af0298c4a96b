using System.Globalization;

namespace Vlm.Rewards;

/// <summary>One reward of several.</summary>
/// <param name="Reward">What is measured.</param>
/// <param name="Weight">What it is multiplied by; 0 measures without rewarding.</param>
public sealed record WeightedReward(Reward Reward, double Weight);

/// <summary>What training pays: a weighted sum of rewards, and which of them says that an answer is right.</summary>
public sealed class RewardSet
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
    /// <param name="text">"token_f1", or "0.5 acc@0.5 + 0.5 iou".</param>
    /// <param name="accuracy">The name of the reward that says whether an answer is right; null takes the first.</param>
    /// <param name="where">What messages point at: the option, or the file and row.</param>
    /// <exception cref="UsageException">A name that is in no row, a name twice, or a weight that is no number.</exception>
    public static RewardSet Parse(string text, string? accuracy = null, string? where = null)
    {
        string at = where ?? $"rewards {text}";
        WeightedReward[] parts = [.. text.Split('+').Select(part => Part(part, at))];
        if (parts.Select(part => part.Reward.Name).Distinct().Count() != parts.Length)
            throw new UsageException($"'{text}' names a reward twice", at, "0.5 acc@0.5 + 0.5 iou");
        return new(parts, accuracy is null ? parts[0].Reward : Reward.Table.Find(accuracy, at));
    }

    /// <summary>What a completion earns.</summary>
    /// <exception cref="ArgumentException">The truth is broken, or a reward does not take it, or gave no finite number.</exception>
    public TotalScore Compute(string completion, Truth truth) => TotalScore.Of(
        [.. Parts.Select(part => new ScorePart(part.Reward.Name, part.Weight, part.Reward.Compute(completion, truth)))])
        .WithAccuracy(Accuracy?.Name);

    /// <summary>What keeps it from scoring this truth; null where nothing does.</summary>
    public string? Problem(Truth truth) =>
        Parts.Select(part => part.Reward.Problem(truth)).FirstOrDefault(problem => problem is not null);

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ",
        Parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Weight:R} {part.Reward.Name}")));

    private static WeightedReward Part(string text, string where)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double weight = 1;
        bool weighed = words.Length == 2 && double.TryParse(words[0], CultureInfo.InvariantCulture, out weight)
            && double.IsFinite(weight);
        return weighed || words.Length == 1
            ? new(Reward.Table.Find(words[^1], where), weight)
            : throw new UsageException(
                $"'{text.Trim()}' is no reward with its weight", where, "token_f1, or 0.5 acc@0.5 + 0.5 iou");
    }
}
