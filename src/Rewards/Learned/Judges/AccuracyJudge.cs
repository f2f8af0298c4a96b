using Microsoft.Extensions.Logging;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Right or wrong by a judge, minus what a right answer's length costs: <see cref="LengthCost"/>.</summary>
public sealed class AccuracyJudge : IJudge
{
    private readonly JudgeSession _session;

    /// <summary>A judge that owns its model.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="rubric">Of form yes-no.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <exception cref="UsageException">The rubric gives another verdict.</exception>
    public AccuracyJudge(IJudgeModel model, Rubric rubric, JudgeSettings? settings = null, ILogger? log = null) =>
        _session = new(model, rubric, JudgeMode.Accuracy, settings, log);

    /// <inheritdoc/>
    public string Name => _session.Settings.Name;

    /// <inheritdoc/>
    public JudgeCounts Counts => _session.Counts;

    /// <inheritdoc/>
    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(
        IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
        _session.ScoreAsync(completions, YesNoVerdict.Read, Score, cancel);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private LearnedScore Score(bool right, Completion completion, string words)
    {
        int length = _session.Settings.Length?.Invoke(completion.Text) ?? completion.Text.Length;
        return LearnedScore.Of(
            _session.Settings.LengthCost.Reward(right ? 1 : 0, length),
            $"{(right ? "right" : "wrong")}, length {length}: {words}");
    }
}
