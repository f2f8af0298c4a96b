using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Scores an answer and the reference for each dimension of a rubric; the reward is the ratio of the sums.
/// </summary>
/// <remarks>
/// The reward of MMLA's reinforcement on MMRole (8 dimensions) and PCogAlign (5), where the answer always
/// stands first. What got no verdict has no score, unless <see cref="JudgeSettings.FillsMissing"/> asks for
/// what the released code gives it.
/// </remarks>
public sealed class ReferenceJudge : IJudge
{
    private readonly JudgeSession _session;

    /// <summary>A judge that owns its model.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="rubric">Of form dimensions.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <exception cref="UsageException">The rubric gives another verdict; later, an example
    /// without a reference.</exception>
    public ReferenceJudge(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _session = new(model, rubric, JudgeMode.Reference, settings, log);

    /// <inheritdoc/>
    public string Name => _session.Settings.Name;

    /// <inheritdoc/>
    public JudgeCounts Counts => _session.Counts;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LearnedScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        Rubric rubric = _session.Rubric;
        IReadOnlyList<LearnedScore> scores = await _session.ScoreAsync(
            completions, reply => DimensionVerdict.Read(reply, rubric.Dimensions, rubric.Low, rubric.High), Score,
            cancel)
                .ConfigureAwait(false);
        return _session.Settings.FillsMissing ? Filled(scores) : scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    // MMLA's released code: missing := sum of the scores given / number of all, which is below their mean.
    internal static IReadOnlyList<LearnedScore> Filled(IReadOnlyList<LearnedScore> scores)
    {
        if (scores.All(score => score.Value is null))
            return scores;
        double filling = scores.Sum(score => score.Value ?? 0) / scores.Count;
        return [.. scores.Select(
            score => score.Value is null ? LearnedScore.Of(filling, $"filled: {score.Reason}") : score)];
    }

    private static LearnedScore Score(DimensionScores scores, Completion completion, string words) =>
        scores.Reference.Sum() == 0 ? LearnedScore.NotScored("the reference's scores are all 0")
        : LearnedScore.Of(scores.RatioOfSums, FormattableString.Invariant(
            $"{scores.Answer.Sum()} / {scores.Reference.Sum()}: ")
            + $"{string.Join(' ', scores.Answer)} against {string.Join(' ', scores.Reference)}");
}
