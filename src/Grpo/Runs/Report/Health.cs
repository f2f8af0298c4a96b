using System.Globalization;
using System.Text.Json.Nodes;

namespace Vlm.Grpo.Reports;

/// <summary>What the metrics of a run say of its health, in words: docs/metrics.md as rules.</summary>
/// <remarks>Means are over the first and the last tenth of the steps that have a metric, five steps at least.</remarks>
internal static class Health
{
    private const double Tenth = 0.1, DefaultTolerance = 0.02;
    private const int Least = 5;

    // A rule of a metric: when its last tenth is a problem, what it is called, and what to try.
    private sealed record Rule(string Metric, string Title, Func<Ends, bool> IsProblem, string Means, string Try);

    /// <summary>The means of the two ends of a series, and its extremes.</summary>
    internal readonly record struct Ends(double First, double Last, double Least, double Most);

    private static readonly Rule[] s_rules =
    [
        new(Metric.Entropy, "Entropy collapse", ends => ends.First > 0.05 && ends.Last < 0.15 * ends.First,
            "the policy has all but stopped exploring (nats per token)",
            "a lower --learning-rate, a wider --epsilon-high, a higher --temperature, or fewer steps"),
        new(Metric.Entropy, "Entropy explosion", ends => ends.First > 0 && ends.Last > 2 * ends.First && ends.Last > 1,
            "the policy becomes less sure as it learns (nats per token)",
            "a lower --learning-rate, or --beta above 0, which keeps it near its start"),
        new(Metric.FracRewardZeroStd, "Mostly zero-variance groups", ends => ends.Last > 0.7,
            "the share of groups whose answers all earn the same, from which nothing is learned",
            "harder or easier questions, a larger --group-size, or a graded reward such as \"0.5 acc@0.5 + 0.5 iou\" in place of one that "
            + "is 0 or 1"),
        new(Metric.Truncated, "Truncated answers", ends => ends.Last > 0.1,
            "the share of answers that were cut before their end, and so seldom earn anything",
            "a larger --max-new-tokens; where answers should be short, check the end token of the model folder"),
        new(Metric.GradNorm, "Large gradients", ends => ends.Last > 10 && ends.Last > 3 * ends.First,
            "the norm of the gradient before clipping grows", "a lower --learning-rate, or more --warmup-steps"),
        new(Metric.ClipFraction, "Much clipping", ends => ends.Last > 0.3,
            "the share of actions whose ratio the clip held: updates are too large", "a lower --learning-rate, or fewer --num-iterations"),
        new(Metric.FracUnscored, "Answers that could not be scored", ends => ends.Most > 0.2,
            "the share of answers for which a learned reward gave nothing",
            "look at the reasons below; an address that answers, or a larger time limit"),
        new(Metric.Reward, "Falling reward", ends => ends.Last < ends.First - 0.05 && ends.Last < 0.9 * ends.First,
            "the mean reward of sampled answers is lower at the end than at the beginning",
            "a lower --learning-rate; see whether entropy or the KL divergence rose at the same step"),
        new(Metric.Kl, "Far from the reference", ends => ends.Last > 10 && ends.Last > 5 * ends.First,
            "the divergence from the reference policy (nats)",
            "a larger --beta or a lower --learning-rate; read the answers for a reward being gamed"),
        new("latent/used_codes", "Codebook collapse", ends => ends.Last < 2 || ends.Last < 0.2 * ends.First,
            "distinct codes in use: the codebook has collapsed", "a higher codebook entropy weight, or fewer steps of the first stage"),
    ];

    /// <summary>Everything that was looked at, problems first.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="series">Its metrics.</param>
    public static IReadOnlyList<Finding> Of(string folder, IReadOnlyDictionary<string, Series> series) =>
        [.. Rules(series).Concat(Mismatch(folder, series)).Concat(Parted(folder, series)).OrderByDescending(finding => finding.IsProblem)];

    /// <summary>The drawing of the learned and the gold reward; null where there is no gold reward.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="series">Its metrics.</param>
    public static string? GoldPlot(string folder, IReadOnlyDictionary<string, Series> series) =>
        Golds(series) is var (proxy, gold) ? OverOptimization.Plot(proxy, gold, Tolerance(folder)) : null;

    /// <summary>The two ends of a series.</summary>
    internal static Ends EndsOf(Series series)
    {
        double[] values = [.. series.Points.Select(point => point.Value)];
        int part = Math.Clamp((int)(values.Length * Tenth), Math.Min(Least, values.Length), values.Length);
        return new(values[..part].Average(), values[^part..].Average(), values.Min(), values.Max());
    }

    private static IEnumerable<Finding> Rules(IReadOnlyDictionary<string, Series> series)
    {
        foreach (Rule rule in s_rules)
            if (series.TryGetValue(rule.Metric, out Series? one) && one.Points.Count >= 2 * Least)
            {
                Ends ends = EndsOf(one);
                bool problem = rule.IsProblem(ends);
                string found = Say($"{rule.Metric}: {ends.First:0.###} in the first steps, {ends.Last:0.###} in the last");
                yield return problem ? new(true, rule.Title, $"{found}; {rule.Means}", rule.Try) : new(false, rule.Title, found, "");
            }
    }

    // Rounding alone parts sampler and trainer: 1e-4 in float32, some hundredths in half precision.
    private static IEnumerable<Finding> Mismatch(string folder, IReadOnlyDictionary<string, Series> series)
    {
        if (!series.TryGetValue(Metric.MaxLogProbDiff, out Series? found))
            yield break;
        string precision = Option(folder, "dtype") is { } named && (named is "bfloat16" or "float16") ? named : "float32";
        (double allowed, double most) = (precision == "float32" ? 1e-2 : 1, found.Points.Max(point => point.Value));
        string said = Say($"{Metric.MaxLogProbDiff}: at most {most:0.######}");
        const string title = "Sampler and trainer disagree";
        yield return most <= allowed ? new(false, title, said, "") : new(true, title,
            Say($"{said}, where {precision} explains {allowed:0.##}: they do not compute the same policy, and ratios are wrong"),
            "check that no option changes the policy between sampling and training (temperature, images, adapters); "
                + "report it where none does");
    }

    private static IEnumerable<Finding> Parted(string folder, IReadOnlyDictionary<string, Series> series)
    {
        if (Golds(series) is not var (proxy, gold))
            yield break;
        const string title = "Learned and gold reward part";
        yield return OverOptimization.Begins(proxy, gold, Tolerance(folder)) is { } step ? new(true, title,
            Say($"from step {step} on the gold reward is below its best, {gold.Max(at => at.Value):0.###}, and the learned reward is not"),
            "--gold-patience 3 ends a run there; a better reward model, a larger --beta, or a verifiable reward beside the learned one")
            : new(false, title, "the learned and the gold reward move together", "");
    }

    private static (IReadOnlyList<(long, double)>, IReadOnlyList<(long Step, double Value)>)? Golds(
        IReadOnlyDictionary<string, Series> series) =>
        series.TryGetValue($"{Metric.Eval}/{Metric.Gold}", out Series? gold)
            && series.TryGetValue($"{Metric.Eval}/{Metric.Reward}", out Series? proxy) ? (proxy.Points, gold.Points) : null;

    private static double Tolerance(string folder) =>
        double.TryParse(Option(folder, "gold-tolerance"), CultureInfo.InvariantCulture, out double found) ? found : DefaultTolerance;

    private static string? Option(string folder, string name) =>
        (RunFolder.ReadOptions(folder)?["options"]?[name]?["value"] as JsonValue)?.ToString();

    private static string Say(FormattableString text) => FormattableString.Invariant(text);
}
