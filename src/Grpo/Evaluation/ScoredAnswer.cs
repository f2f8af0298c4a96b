using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What one answer adds to a metric of a report.</summary>
/// <param name="Name">The metric's key.</param>
/// <param name="Value">Averaged over the answers that have it.</param>
public readonly record struct MetricValue(string Name, double Value);

/// <summary>One example with the answer it got; no images.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Kind">The example's.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Completion">What was answered.</param>
/// <param name="Stop">Why the answer ended.</param>
/// <param name="Score">What the answer earned.</param>
/// <param name="Correct">1 right, 0 wrong: a box from an overlap of one half on, a caption when it is complete.</param>
/// <param name="Metrics">What a report averages besides.</param>
public sealed record ScoredAnswer(
    string Id, string Kind, Truth Truth, string Completion, StopReason Stop, Score Score, Score Correct,
    IReadOnlyList<MetricValue> Metrics)
{
    /// <summary>What each reward gave, of which <see cref="Score"/> is the sum.</summary>
    public IReadOnlyList<ScorePart> Parts { get; init; } = [];

    /// <summary>The codes that a latent policy took, one per token; null where the policy acts by tokens.</summary>
    public IReadOnlyList<int>? Codes { get; init; }

    /// <summary>The text of each of these tokens by itself, empty for a special one; null with <see cref="Codes"/>.</summary>
    public IReadOnlyList<string>? Pieces { get; init; }

    /// <summary>Scores an answer with the rewards and the metric of its example, or else of its kind of truth.</summary>
    /// <exception cref="ArgumentException">The truth is broken, or of a kind that a reward does not take.</exception>
    public static ScoredAnswer Of(Rollout rollout) =>
        Of(rollout.Prompt.Example, rollout.Sampled, rollout.Stop) with { Codes = rollout.Codes, Pieces = rollout.Pieces };

    /// <inheritdoc cref="Of(Rollout)"/>
    /// <param name="example">What was asked.</param>
    /// <param name="text">What was answered.</param>
    /// <param name="stop">Why the answer ended.</param>
    public static ScoredAnswer Of(Example example, string text, StopReason stop) => Of(example, new SampledText(text), stop);

    private static ScoredAnswer Of(Example example, SampledText sampled, StopReason stop)
    {
        string text = sampled.Text;
        Score correct = example.Accuracy(text);
        TruthKind kind = example.Truth.Kind;
        MetricValue[] metrics = example.Metric is { } own
            ? [new(own.Name, correct.Value)]
            : [.. kind.Metrics.Select(metric => new MetricValue(metric.Name, metric.Reward.Compute(example.Read(text), example.Truth).Value))];
        ScorePart[] parts = example.Rewards is null ? [new(kind.Score.Name, 1, kind.Score.Compute(example.Read(text), example.Truth))] : [];
        TotalScore? total = example.Rewards is null ? null : example.Score(sampled);
        return new(example.Id, example.Kind, example.Truth, text, stop, total is null ? parts[0].Score : Sum(total), correct, metrics)
        {
            Parts = total?.Parts ?? parts,
        };
    }

    /// <summary>An answer with what it earned, and each of its rewards as a metric of its own.</summary>
    /// <param name="rollout">The answer.</param>
    /// <param name="total">What it earned.</param>
    public static ScoredAnswer Of(Rollout rollout, TotalScore total)
    {
        Example example = rollout.Prompt.Example;
        MetricValue[] parts = [.. total.Parts.Where(part => part.IsScored && part.Name != example.Metric?.Name)
            .Select(part => new MetricValue(part.Name, part.Score.Value))];
        if (!example.Truth.IsKnown)
            return new(example.Id, example.Kind, example.Truth, rollout.Text, rollout.Stop, Sum(total), Score.Zero("nobody knows what is right"), parts)
            {
                Parts = total.Parts,
                Codes = rollout.Codes,
                Pieces = rollout.Pieces,
            };
        ScoredAnswer known = Of(rollout);
        Score correct = example.Metric is null ? known.Correct : total.Accuracy ?? known.Correct;
        MetricValue[] own = [.. known.Metrics.Select(one => one.Name == example.Metric?.Name ? one with { Value = correct.Value } : one)];
        return known with
        {
            Score = Sum(total),
            Correct = correct,
            Parts = total.Parts,
            Metrics = [.. own, .. parts.Where(part => own.All(one => one.Name != part.Name))],
        };
    }

    private static Score Sum(TotalScore total) =>
        new(total.Value, string.Join("; ", total.Parts.Select(part => $"{part.Name}: {part.Score.Reason}")));
}
