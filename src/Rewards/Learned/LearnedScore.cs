namespace Vlm.Rewards.Learned;

/// <summary>What a learned reward gives to a completion: a number, or the reason why there is none.</summary>
/// <remarks>A judge that failed has said nothing of the answer: that is no 0, and no update learns from it.</remarks>
public sealed record LearnedScore
{
    private LearnedScore(double? value, string reason) => (Value, Reason) = (value, reason);

    /// <summary>The reward; null where none could be given.</summary>
    public double? Value { get; }

    /// <summary>A few words for logs: what was found, or why there is no score.</summary>
    public string Reason { get; }

    /// <summary>The parts of <see cref="Value"/> that belong to segments, in their order; empty where it belongs to the whole.</summary>
    public IReadOnlyList<SegmentReward> Segments { get; init; } = [];

    /// <summary>A score.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="reason">A few words.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite.</exception>
    public static LearnedScore Of(double value, string reason) => double.IsFinite(value) ? new(value, reason)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "a score is finite; what cannot be scored says why");

    /// <summary>No score, and why.</summary>
    /// <param name="reason">"timed out after 60 s", "no verdict in 'well ...'".</param>
    public static LearnedScore NotScored(string reason) => new(null, reason);
}
