using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// Scores each answer alone by a rubric: from 0, the least that can be given, to 1, the most; yes is 1 and no is 0.
/// </summary>
public sealed class PointwiseJudge : IJudge
{
    private readonly JudgeSession _session;

    /// <summary>A judge that owns its model.</summary>
    /// <param name="model">Who is asked; the policy itself for self-judging.</param>
    /// <param name="rubric">Of form score or yes-no.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <exception cref="UsageException">The rubric gives another verdict.</exception>
    public PointwiseJudge(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _session = new(model, rubric, JudgeMode.Pointwise, settings, log);

    /// <inheritdoc/>
    public string Name => _session.Settings.Name;

    /// <inheritdoc/>
    public JudgeCounts Counts => _session.Counts;

    /// <inheritdoc/>
    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, CancellationToken cancel = default)
    {
        (double low, double high) = (_session.Rubric.Low, _session.Rubric.High);
        return _session.Rubric.Form == VerdictForm.YesNo
            ? _session.ScoreAsync(
                completions, YesNoVerdict.Read, (yes, _, words) => LearnedScore.Of(yes ? 1 : 0, words), cancel)
            : _session.ScoreAsync(completions, reply => ScoreVerdict.Read(reply, low, high),
                (score, _, words) => LearnedScore.Of((score - low) / (high - low),
                    FormattableString.Invariant($"{score} of {high}: {words}")), cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
