using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>The share of comparisons with other answers of its group that an answer wins.</summary>
/// <remarks>
/// <para>Pref-GRPO, arXiv:2508.20751. Pointwise scores that differ by a thousandth become whole
/// standard deviations in a group; who
/// wins does not.</para>
/// <para>A reply that is no verdict counts as a tie. A comparison that was not answered does not
/// count; who has none is not scored,
/// such as the only member of its group.</para>
/// </remarks>
public sealed class WinRateJudge : IJudge
{
    private readonly PairComparer _comparer;

    /// <summary>A judge that owns its model.</summary>
    /// <inheritdoc cref="PairComparer(IJudgeModel, Rubric, JudgeSettings?, ILogger?)"/>
    public WinRateJudge(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _comparer = new(model, rubric, settings, log);

    /// <inheritdoc/>
    public string Name => _comparer.Settings.Name;

    /// <summary>What it has done since it was made; scored are pairs.</summary>
    public JudgeCounts Counts => _comparer.Counts;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        IReadOnlyList<int[]> groups = Completion.Groups(completions);
        (int First, int Second)[][] met = [.. groups.Select(group => Met(completions, group))];
        AnswerPair[] pairs = [.. met.Zip(groups).SelectMany(item => item.First.Select(pair => Pair(
            completions[item.Second[pair.First]], completions[item.Second[pair.Second]])))];
        IReadOnlyList<Comparison> compared = await _comparer.CompareAsync(pairs, cancel).ConfigureAwait(false);

        var scores = new LearnedScore[completions.Count];
        int done = 0;
        foreach ((int[] group, (int, int)[] own) in groups.Zip(met))
        {
            Comparison[] found = [.. compared.Skip(done).Take(own.Length)];
            done += own.Length;
            IReadOnlyList<WinCount> won = WinRates.Of(group.Length, own, [.. found.Select(item => item.ToFirstOrTie)]);
            foreach ((int i, int completion) in group.Index())
                scores[completion] = Score(won[i], found.FirstOrDefault(item => item.Failure.Length > 0)?.Failure);
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _comparer.Dispose();

    private static AnswerPair Pair(Completion one, Completion other) => new(one.Example, one.Text, other.Text);

    private static LearnedScore Score(WinCount won, string? failure) => won.Rate is { } rate
        ? LearnedScore.Of(rate, FormattableString.Invariant($"won {won.Wins} of {won.Comparisons}"))
        : LearnedScore.NotScored(failure ?? "alone in its group");

    private (int, int)[] Met(IReadOnlyList<Completion> completions, int[] group)
    {
        long texts = TextNumber.Of(group.Select(i => completions[i].Text).Prepend(completions[group[0]].Example.Id));
        return [.. WinRates.RandomPairs(
            group.Length, _comparer.Settings.Opponents, new(_comparer.Settings.Seed, "judge opponents", texts))];
    }
}
