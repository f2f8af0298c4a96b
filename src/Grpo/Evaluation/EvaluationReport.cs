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
    /// <summary>Questions asked.</summary>
    public int Count => Metrics.GetValueOrDefault(Metric.Reward).Count;

    /// <summary>
    /// Share answered right: for boxes, with an overlap of at least one half; for captions, with nothing missing or invented.
    /// </summary>
    public double Accuracy => EvaluationReport.ValueOf(Metrics, Metric.Accuracy);

    /// <summary>Mean reward.</summary>
    public double Reward => EvaluationReport.ValueOf(Metrics, Metric.Reward);

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

    /// <summary>Questions asked.</summary>
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
        return line.Append(culture, $"reward {Reward:F3} over {Questions} questions").ToString();
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
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{kind.Kind.PadRight(width)}  right {old.Accuracy,6:P1} -> {kind.Accuracy,6:P1}  reward {old.Reward:F3} -> {kind.Reward:F3}  of {kind.Count}");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{"all".PadRight(width)}  reward {before.Reward:F3} -> {Reward:F3}  of {Questions}");
    }

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
