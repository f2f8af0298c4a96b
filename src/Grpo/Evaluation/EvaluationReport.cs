using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>How one kind of question went.</summary>
/// <param name="Kind">The question's type.</param>
/// <param name="Metrics"><see cref="Metric.Accuracy"/>, <see cref="Metric.Reward"/>, and metrics that data sets name.</param>
public sealed record KindReport(string Kind, IReadOnlyDictionary<string, MetricMean> Metrics)
{
    /// <summary>Questions that were scored.</summary>
    public int Count => Metrics.GetValueOrDefault(Metric.Reward).Count;

    /// <summary>
    /// Share answered right: for boxes, with an overlap of at least one half; for captions, with nothing missing or invented.
    /// </summary>
    public double Accuracy => EvaluationReport.ValueOf(Metrics, Metric.Accuracy);

    /// <summary>Mean reward.</summary>
    public double Reward => EvaluationReport.ValueOf(Metrics, Metric.Reward);

    /// <summary>
    /// A line for people: "color         50.0 %  reward 0.470  of 12", with "reward not scored" where nothing was.
    /// </summary>
    public string Line() => $"{Kind,-12} {EvaluationReport.Share(Accuracy),8}  "
        + $"reward {EvaluationReport.Mean(Reward)}{(Count == 0 ? "" : FormattableString.Invariant($"  of {Count}"))}";

    /// <summary>Both together.</summary>
    public static KindReport operator +(KindReport a, KindReport b) =>
        a with { Metrics = EvaluationReport.Together(a.Metrics, b.Metrics) };

    /// <summary>Both together.</summary>
    public static KindReport Add(KindReport left, KindReport right) => left + right;
}

/// <summary>How a policy did on a held-out split, one answer to each question: the mean of every metric. Additive.</summary>
/// <remarks>
/// As JSON it is flat, <c>{"vqa_accuracy": 0.5, ..., "questions": 800, "truncated": 0, "kinds": [...], "counts": {...}}</c>;
/// <c>counts</c> has the metrics that fewer than all questions have. JSON has no NaN: null stands for it.
/// </remarks>
/// <param name="Metrics">
/// By name: those of <see cref="TruthKind.Metrics"/>, such as <see cref="Metric.VqaAccuracy"/>, those that examples name, and
/// <see cref="Metric.Reward"/>.
/// </param>
/// <param name="Truncated">Completions cut at the limit of new tokens.</param>
/// <param name="Kinds">The same by kind of question, in alphabetical order.</param>
[JsonConverter(typeof(EvaluationReportJson))]
public sealed record EvaluationReport(
    IReadOnlyDictionary<string, MetricMean> Metrics, int Truncated, IReadOnlyList<KindReport> Kinds)
{
    /// <summary>The key of the mean reward of captions.</summary>
    public const string CaptionReward = "caption_reward";

    /// <summary>A metric's mean; NaN where no answer has it.</summary>
    public double this[string metric] => ValueOf(Metrics, metric);

    /// <summary>Questions that were scored.</summary>
    public int Questions => Metrics.GetValueOrDefault(Metric.Reward).Count;

    /// <summary>Mean reward over all questions.</summary>
    public double Reward => this[Metric.Reward];

    /// <summary>Both together.</summary>
    public static EvaluationReport operator +(EvaluationReport a, EvaluationReport b) => new(
        Together(a.Metrics, b.Metrics), a.Truncated + b.Truncated,
        [
            .. a.Kinds.Concat(b.Kinds).GroupBy(kind => kind.Kind).Select(same => same.Aggregate(KindReport.Add))
                .OrderBy(kind => kind.Kind, StringComparer.Ordinal),
        ]);

    /// <summary>Both together.</summary>
    public static EvaluationReport Add(EvaluationReport left, EvaluationReport right) => left + right;

    /// <summary>
    /// One line for people: "before: VQA 52.3 %, boxes 31.0 % (IoU 0.33), reward 0.47 over 800 questions", with "captions
    /// 0.61" and metrics that examples name after the boxes; of what was not asked it says nothing.
    /// </summary>
    public string Line(string when)
    {
        var line = new StringBuilder();
        CultureInfo culture = CultureInfo.InvariantCulture;
        line.Append(culture, $"{when}: ");
        if (Metrics.ContainsKey(Metric.VqaAccuracy))
            line.Append(culture, $"VQA {this[Metric.VqaAccuracy]:P1}, ");
        if (Metrics.ContainsKey(Metric.GroundingAcc50))
            line.Append(culture, $"boxes {this[Metric.GroundingAcc50]:P1} (IoU {this[Metric.MeanIou]:F2}), ");
        if (Metrics.ContainsKey(CaptionReward))
            line.Append(culture, $"captions {this[CaptionReward]:F2}, ");
        foreach (string name in Metrics.Keys.Except(s_inLine))
            line.Append(culture, $"{name} {this[name]:F3}, ");
        return line.Append(Questions == 0 ? "reward not scored"
            : string.Create(culture, $"reward {Reward:F3} over {Questions} question{(Questions == 1 ? "" : "s")}")).ToString();
    }

    /// <summary>
    /// Lines for people: of each kind of question the accuracy and the reward before and after, and of all together.
    /// </summary>
    /// <param name="before">The same questions, asked before.</param>
    public IEnumerable<string> LinesAfter(EvaluationReport before)
    {
        var then = before.Kinds.ToDictionary(kind => kind.Kind);
        int width = Math.Max(4, Kinds.Max(kind => kind.Kind.Length));
        foreach (KindReport kind in Kinds)
            if (then.TryGetValue(kind.Kind, out KindReport? old))
                yield return $"{kind.Kind.PadRight(width)}  right {Share(old.Accuracy),6} -> {Share(kind.Accuracy),6}  "
                    + Paid(old.Reward, kind.Reward, kind.Count);
        yield return $"{"all".PadRight(width)}  {Paid(before.Reward, Reward, Questions)}";
    }

    // What nothing was asked about has no share, and what nobody scored no mean.
    internal static string Share(double share) => double.IsNaN(share) ? "-" : share.ToString("P1", CultureInfo.InvariantCulture);

    internal static string Mean(double reward) => double.IsNaN(reward) ? "not scored" : reward.ToString("F3", CultureInfo.InvariantCulture);

    private static string Paid(double before, double after, int count) => double.IsNaN(before) && double.IsNaN(after) ? "reward not scored"
        : double.IsNaN(after) ? $"reward {Mean(before)} -> not scored" : $"reward {Mean(before)} -> {Mean(after)}  of {count}";

    private static readonly string[] s_inLine =
        [Metric.VqaAccuracy, Metric.GroundingAcc50, Metric.MeanIou, CaptionReward, Metric.Reward];

    internal static double ValueOf(IReadOnlyDictionary<string, MetricMean> metrics, string name) =>
        metrics.TryGetValue(name, out MetricMean mean) ? mean.Value : double.NaN;

    internal static IReadOnlyDictionary<string, MetricMean> Together(
        IReadOnlyDictionary<string, MetricMean> a, IReadOnlyDictionary<string, MetricMean> b) =>
        new SortedDictionary<string, MetricMean>(
            a.Keys.Union(b.Keys).ToDictionary(name => name, name => a.GetValueOrDefault(name) + b.GetValueOrDefault(name)),
            StringComparer.Ordinal);
}
