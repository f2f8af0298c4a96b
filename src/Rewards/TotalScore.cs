namespace Vlm.Rewards;

/// <summary>One reward of several.</summary>
/// <param name="Name">What it is logged under.</param>
/// <param name="Weight">What it is multiplied by; 0 measures without rewarding.</param>
/// <param name="Score">What the completion earned.</param>
public readonly record struct ScorePart(string Name, double Weight, Score Score);

/// <summary>A weighted sum of rewards that keeps its parts.</summary>
/// <param name="Value">sum_k weight_k x score_k.</param>
/// <param name="Parts">The rewards, for logs.</param>
public sealed record TotalScore(double Value, IReadOnlyList<ScorePart> Parts)
{
    /// <summary>No reward could be given: NaN, which advantages leave out of every mean.</summary>
    public static TotalScore Unscored { get; } = new(double.NaN, []);

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
}
