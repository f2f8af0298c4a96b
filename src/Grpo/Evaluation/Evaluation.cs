using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Asks a policy every question once and measures the answers with the rewards of training.</summary>
public static class Evaluation
{
    // What a report says of itself under these keys is no metric.
    private static readonly string[] s_taken = [Metric.Reward, "questions", "truncated", "kinds", "kind", "count", "counts"];

    /// <summary>Asks all questions, a batch at a time: no more prompts are held than are read together.</summary>
    /// <param name="sampler">The policy.</param>
    /// <param name="prompts">Made as they are asked for, at least one.</param>
    /// <param name="sampling">Greedy, for scores that repeat.</param>
    /// <param name="batch">Questions read together.</param>
    /// <param name="key">Random streams, where actions are sampled.</param>
    /// <param name="score">What answers earn, a batch at a time; null for the rewards of their examples.</param>
    /// <param name="cancel">Looked at before each token.</param>
    public static IEnumerable<ScoredAnswer> Ask(
        ISampler sampler, IEnumerable<Prompt> prompts, Sampling sampling, int batch, SampleKey key,
        Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score = null, CancellationToken cancel = default)
    {
        int asked = 0;
        foreach (Prompt[] part in prompts.Chunk(batch))
        {
            Rollout[] rollouts = sampler.Sample(part, 1, sampling, key with { FirstPrompt = asked }, cancel);
            IReadOnlyList<TotalScore>? scores = score?.Invoke(rollouts);
            foreach ((int i, Rollout rollout) in rollouts.Index())
                yield return scores is null ? ScoredAnswer.Of(rollout) : ScoredAnswer.Of(rollout, scores[i]);
            asked += part.Length;
        }
    }

    /// <summary>Sums up in one pass that holds no answer.</summary>
    /// <exception cref="ArgumentException">A metric has a name that a report uses for something else.</exception>
    public static EvaluationReport Report(IEnumerable<ScoredAnswer> answers)
    {
        (var all, int truncated) = (new MetricSums(), 0);
        var kinds = new SortedDictionary<string, MetricSums>(StringComparer.Ordinal);
        foreach (ScoredAnswer answer in answers)
        {
            truncated += answer.Stop == StopReason.Length ? 1 : 0;
            if (!kinds.TryGetValue(answer.Kind, out MetricSums? kind))
                kinds.Add(answer.Kind, kind = new MetricSums());
            if (answer.Truth.IsKnown)
                kind.Add(Metric.Accuracy, answer.Correct.Value);
            // An answer that no reward could score is in no mean of rewards.
            foreach (MetricSums sums in double.IsNaN(answer.Score.Value) ? [] : (MetricSums[])[all, kind])
                sums.Add(Metric.Reward, answer.Score.Value);
            foreach ((string name, double value) in answer.Metrics.Select(Checked))
                all.Add(name, value);
            foreach ((string name, double value) in answer.Metrics.Where(metric => !IsOfTruth(answer, metric)))
                kind.Add(name, value);
        }

        return new(all.Means(), truncated, [.. kinds.Select(kind => new KindReport(kind.Key, kind.Value.Means()))]);
    }

    // Of one kind of question these say what its accuracy and reward say already.
    private static bool IsOfTruth(ScoredAnswer answer, MetricValue metric) =>
        metric.Name == Metric.Accuracy || answer.Truth.Kind.Metrics.Any(known => known.Name == metric.Name);

    private static (string Name, double Value) Checked(MetricValue metric) => s_taken.Contains(metric.Name)
        ? throw new ArgumentException($"a report says something else under '{metric.Name}', so no metric has this name")
        : (metric.Name, metric.Value);
}
