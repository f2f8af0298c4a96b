using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Compares each answer with the reference: 1 better, 0 worse, 0.5 a tie, the mean of both orders.</summary>
public sealed class PairwiseJudge : IJudge
{
    private readonly PairComparer _comparer;

    /// <summary>A judge that owns its model.</summary>
    /// <inheritdoc cref="PairComparer(IJudgeModel, Rubric, JudgeSettings?, ILogger?)"/>
    public PairwiseJudge(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _comparer = new(model, rubric, settings, log);

    /// <inheritdoc/>
    public string Name => _comparer.Settings.Name;

    /// <inheritdoc/>
    public JudgeCounts Counts => _comparer.Counts;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        if (completions.FirstOrDefault(item => string.IsNullOrWhiteSpace(item.Example.Answer)) is { } bare)
            throw new UsageException("the example has no reference answer to compare with", $"record {bare.Example.Id}",
                "data with an answer in each row, or a judge of mode pointwise or win-rate");
        IReadOnlyList<Comparison> compared = await _comparer.CompareAsync(
            [.. completions.Select(item => new AnswerPair(item.Example, item.Text, item.Example.Answer))], cancel)
                .ConfigureAwait(false);
        return [.. compared.Select(item => item.ToFirst is { } value
            ? LearnedScore.Of(value, item.Reason) : LearnedScore.NotScored(item.Reason))];
    }

    /// <inheritdoc/>
    public void Dispose() => _comparer.Dispose();
}
