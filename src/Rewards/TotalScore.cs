namespace Vlm.Rewards;

/// <summary>One reward of several.</summary>
/// <param name="Name">What it is logged under.</param>
/// <param name="Weight">What it is multiplied by; 0 measures without rewarding.</param>
/// <param name="Score">What the completion earned.</param>
public readonly record struct ScorePart(string Name, double Weight, Score Score)
{
    /// <summary>False where the reward could give no score: a judge that did not answer. Its value is then NaN.</summary>
    public bool IsScored => !double.IsNaN(Score.Value);
}

/// <summary>A part of a reward that belongs to a place within a completion, where its segment ends.</summary>
/// <param name="End">Letters of the text before the end of the segment, 1 to the text's length.</param>
/// <param name="Value">What the segment earns. Finite.</param>
public readonly record struct SegmentReward(int End, double Value);

/// <summary>A weighted sum of rewards that keeps its parts.</summary>
/// <param name="Value">sum_k weight_k x score_k; NaN where a reward of a weight could give no score.</param>
/// <param name="Parts">The rewards, for logs.</param>
public sealed record TotalScore(double Value, IReadOnlyList<ScorePart> Parts)
{
    /// <summary>No reward could be given: NaN, which advantages leave out of every mean.</summary>
    public static TotalScore Unscored { get; } = new(double.NaN, []);

    /// <summary>Nothing is paid yet: 0, to which rewards are added by <see cref="Plus"/>.</summary>
    public static TotalScore None { get; } = new(0, []);

    /// <summary>What the reward that says whether an answer is right gave; null where none does.</summary>
    public Score? Accuracy { get; private init; }

    /// <summary>What of <see cref="Value"/> belongs to places within the completion; the rest belongs to its end.</summary>
    public IReadOnlyList<SegmentReward> Segments { get; private init; } = [];

    /// <summary>Adds up the parts.</summary>
    /// <exception cref="ArgumentException">No parts, two of one name, or a weight or score that is not
    /// finite.</exception>
    public static TotalScore Of(params ScorePart[] parts)
    {
        if (parts.Length == 0 || parts.Select(part => part.Name).Distinct().Count() != parts.Length)
            throw new ArgumentException("a sum needs at least one reward, each with a name of its own", nameof(parts));
        foreach (ScorePart part in parts)
            if (!double.IsFinite(part.Weight) || !double.IsFinite(part.Score.Value))
                throw new ArgumentException(
                    $"reward '{part.Name}' is {part.Score.Value} with weight {part.Weight}", nameof(parts));

        return new(parts.Sum(part => part.Weight * part.Score.Value), parts);
    }

    /// <summary>The same with another reward.</summary>
    /// <param name="part">Its weight and score finite.</param>
    /// <param name="segments">What of its weighted score belongs to places within the completion; null for none.</param>
    /// <exception cref="ArgumentException">The name is taken, or the weight or score is not finite.</exception>
    public TotalScore Plus(ScorePart part, IReadOnlyList<SegmentReward>? segments = null) => this with
    {
        Value = Value + Of(part).Value,
        Parts = [.. Parts, Named(part)],
        Segments = [.. Segments, .. segments ?? []],
    };

    /// <summary>The same with a reward that could give no score: where it has a weight, the total is NaN.</summary>
    /// <param name="name">The reward's.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="reason">Why there is no score.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public TotalScore PlusUnscored(string name, double weight, string reason) => this with
    {
        Value = weight == 0 ? Value : double.NaN,
        Parts = [.. Parts, Named(new(name, weight, new(double.NaN, reason)))],
    };

    /// <summary>The same with the part that says whether the answer is right.</summary>
    /// <param name="name">The part's; null for none.</param>
    /// <exception cref="ArgumentException">No part has this name.</exception>
    public TotalScore WithAccuracy(string? name)
    {
        if (name is not null && Parts.All(part => part.Name != name))
            throw new ArgumentException(
                $"the accuracy '{name}' is none of {string.Join(", ", Parts.Select(part => part.Name))}", nameof(name));
        return this with { Accuracy = name is null ? null : Parts.First(part => part.Name == name).Score };
    }

    private ScorePart Named(ScorePart part) => Parts.Any(known => known.Name == part.Name)
        ? throw new ArgumentException($"two rewards are named '{part.Name}'", nameof(part)) : part;
}
