namespace Vlm.Rewards.Learned;

/// <summary>One learned reward of several.</summary>
/// <param name="Reward">What is asked.</param>
/// <param name="Weight">What its score is multiplied by; 0 measures without rewarding.</param>
public sealed record WeightedLearnedReward(ILearnedReward Reward, double Weight);

/// <summary>Learned rewards beside those that can be verified: one total for each completion.</summary>
/// <remarks>
/// A completion to which a reward of a weight gave no score is not scored as a whole: its total is NaN, which advantages leave
/// out of every mean. The parts that were scored stay, for the log.
/// </remarks>
public sealed class LearnedRewards : IDisposable
{
    private readonly WeightedLearnedReward[] _parts;

    /// <summary>A set of learned rewards, which it owns.</summary>
    /// <param name="parts">Each with a name of its own; none is allowed.</param>
    /// <exception cref="ArgumentException">Two of one name, or a weight that is not finite.</exception>
    public LearnedRewards(IEnumerable<WeightedLearnedReward> parts)
    {
        _parts = [.. parts];
        if (_parts.Select(part => part.Reward.Name).Distinct().Count() != _parts.Length)
            throw new ArgumentException("each reward of a set needs a name of its own", nameof(parts));
        if (Array.Find(_parts, part => !double.IsFinite(part.Weight)) is { } odd)
            throw new ArgumentException($"reward '{odd.Reward.Name}' has weight {odd.Weight}", nameof(parts));
    }

    /// <summary>The rewards with their weights.</summary>
    public IReadOnlyList<WeightedLearnedReward> Parts => _parts;

    /// <summary>Scores completions by every learned reward, at once, and adds what rules have given.</summary>
    /// <param name="completions">Of one step.</param>
    /// <param name="verified">What rules say of each, its weights included; null for none.</param>
    /// <param name="cancel">Looked at before each batch and each request.</param>
    /// <returns>One for each, in their order.</returns>
    /// <exception cref="ArgumentException">There are not as many as completions, or a reward gave fewer.</exception>
    /// <exception cref="UsageException">A reward can score nothing. The first that fails ends the others, and what it threw is thrown.</exception>
    public async Task<IReadOnlyList<TotalScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, IReadOnlyList<TotalScore>? verified = null, CancellationToken cancel = default)
    {
        if (verified is not null && verified.Count != completions.Count)
            throw new ArgumentException($"{completions.Count} completions and {verified.Count} scores must be as many", nameof(verified));
        IReadOnlyList<LearnedScore>[] found = await AskAsync(completions, cancel).ConfigureAwait(false);
        foreach ((WeightedLearnedReward part, IReadOnlyList<LearnedScore> scores) in _parts.Zip(found))
            if (scores.Count != completions.Count)
                throw new ArgumentException($"{part.Reward.Name} gave {scores.Count} scores for {completions.Count} completions");
        return [.. completions.Select((_, i) => Total(verified?[i], [.. found.Select(scores => scores[i])]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (WeightedLearnedReward part in _parts)
            part.Reward.Dispose();
    }

    // All are asked before the first is waited for: those that wait for a network leave the processor to those that compute. None is
    // left behind: where one fails, also while it is asked, the others are cancelled and have ended before that is told.
    private async Task<IReadOnlyList<LearnedScore>[]> AskAsync(IReadOnlyList<Completion> completions, CancellationToken cancel)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = new List<Task<IReadOnlyList<LearnedScore>>>();
        try
        {
            foreach (WeightedLearnedReward part in _parts)
                asked.Add(part.Reward.ScoreAsync(completions, left.Token));
            await foreach (Task<IReadOnlyList<LearnedScore>> one in Task.WhenEach(asked).ConfigureAwait(false))
                await one.ConfigureAwait(false);
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await Task.WhenAll(asked).ConfigureAwait(false);
    }

    private TotalScore Total(TotalScore? verified, LearnedScore[] scores)
    {
        TotalScore total = verified ?? TotalScore.None;
        foreach ((WeightedLearnedReward part, LearnedScore score) in _parts.Zip(scores))
            total = score.Value is { } value
                ? total.Plus(new(part.Reward.Name, part.Weight, new(value, score.Reason)), Weighted(score.Segments, part.Weight))
                : total.PlusUnscored(part.Reward.Name, part.Weight, score.Reason);
        return total;
    }

    private static SegmentReward[] Weighted(IReadOnlyList<SegmentReward> segments, double weight) =>
        weight == 0 ? [] : [.. segments.Select(segment => segment with { Value = weight * segment.Value })];
}
