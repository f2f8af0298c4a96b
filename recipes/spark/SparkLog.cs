using Vlm.Grpo;
using Vlm.Rewards.Learned.CoEvolution;

/// <summary>What a step's rollouts became.</summary>
/// <param name="Drawn">The items, and what made none.</param>
/// <param name="TooLong">Items whose prompts the model could not take.</param>
/// <param name="Waiting">Items that wait for the next reward period.</param>
sealed record ItemCounts(ItemDraw Drawn, int TooLong, int Waiting);

/// <summary>Logs a step of two periods: the first under the names of all recipes, the second under <c>judge/</c>.</summary>
static class SparkLog
{
    /// <summary>Writes the line of a step, and its rollouts: those of items have ids that begin with their kind.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">Updates of the infer period.</param>
    /// <param name="infer">The first period.</param>
    /// <param name="reward">The second; null where too few items were there.</param>
    /// <param name="counts">Of items.</param>
    /// <param name="heldOut">Asked where it is due.</param>
    /// <param name="judge">What held-out items said.</param>
    public static void Record(
        Run run, long step, Period infer, Period? reward, ItemCounts counts, HeldOut heldOut,
        IEnumerable<KeyValuePair<string, double>> judge)
    {
        run.Rollouts(step, new([.. infer.Batch, .. reward?.Batch ?? Enumerable.Empty<Sample>()]));
        run.Log(step, [.. infer.Metrics, .. Counts(counts), .. reward is null ? [] : Judged(reward),
            new(Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb())), .. heldOut.IfDue(step), .. judge]);
    }

    private static IEnumerable<KeyValuePair<string, double>> Judged(Period reward) =>
    [
        .. reward.Metrics.Select(metric => Named(metric.Key, metric.Value)),
        .. reward.Batch.GroupBy(sample => sample.Rollout.Prompt.Example.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => Named($"{Metric.Accuracy}_{kind.Key}", kind.Average(sample => sample.Score.Accuracy?.Value >= 1 ? 1.0 : 0))),
    ];

    private static IEnumerable<KeyValuePair<string, double>> Counts(ItemCounts counts) =>
    [
        .. ItemKind.All.Select(kind => Named($"items_{kind}", counts.Drawn.Items.Count(item => item.Kind == kind))),
        Named("unparsable", counts.Drawn.Unparsable), Named("skipped", counts.Drawn.Skipped), Named("left_out", counts.Drawn.LeftOut),
        Named("too_long", counts.TooLong), Named("waiting", counts.Waiting),
    ];

    private static KeyValuePair<string, double> Named(string name, double value) => new($"{Metric.Judge}/{name}", value);
}
