using System.Text.Json;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>Held-out questions that a run asks before its first step, every so many steps, and after its last.</summary>
/// <remarks>
/// What was found is kept in the run's folder alone: the score before in before.json, those on the way in metrics.jsonl under
/// <c>eval/&lt;metric&gt;</c>. So a resumed run knows its best evaluation, and stops where the uninterrupted one would.
/// </remarks>
/// <param name="run">The run.</param>
/// <param name="sampler">Answers, as it is at the time.</param>
/// <param name="prompts">The questions; where there are none nothing is asked.</param>
/// <param name="sampling">Made greedy.</param>
/// <param name="options">How often, and what is compared.</param>
/// <param name="score">What answers earn, where it is more than the rewards of their examples; null for those.</param>
public sealed class HeldOut(
    Run run, ISampler sampler, IReadOnlyList<Prompt> prompts, Sampling sampling, EvaluationOptions options,
    Func<IReadOnlyList<Rollout>, IReadOnlyList<TotalScore>>? score = null)
{
    internal const string BeforeFile = "before.json";
    private readonly Dictionary<string, IReadOnlyList<(long Step, double Value)>> _series = [];     // of the log, read again after an evaluation alone

    /// <summary>The same questions to another sampler.</summary>
    /// <param name="other">Answers from here on.</param>
    public HeldOut Of(ISampler other) => new(run, other, prompts, sampling, options, score);

    /// <summary>Asks all questions, says in a line how it went, and gives the report; null where there is no question.</summary>
    /// <param name="when">"before", "after".</param>
    /// <exception cref="OperationCanceledException">The run was cancelled meanwhile.</exception>
    public EvaluationReport? Ask(string when) => Ask(when, run.StepsDone);

    private EvaluationReport? Ask(string when, long step)
    {
        if (prompts.Count == 0)
            return null;
        ScoredAnswer[] answers = [.. Evaluation.Ask(
            sampler, prompts, sampling with { Greedy = true }, options.EvalBatchSize, default, score, run.Token)];
        run.Answers(step, when, [.. prompts.Select(prompt => prompt.Example).Zip(answers)]);
        EvaluationReport report = Evaluation.Report(answers);
        run.Say(report.Line(when));
        return report;
    }

    /// <summary>Asks some other questions, and says nothing: to see what it takes.</summary>
    /// <param name="some">The questions.</param>
    public void Ask(Prompt[] some)
    {
        foreach (ScoredAnswer _ in Evaluation.Ask(sampler, some, sampling with { Greedy = true }, options.EvalBatchSize, default, score, run.Token))
        {
        }
    }

    /// <summary>The score of the weights that the run first started from: asked once, and kept for a resumed run.</summary>
    public EvaluationReport? Before()
    {
        string file = Path.Combine(run.Folder, BeforeFile);
        if (run.LatestCheckpoint is null || !File.Exists(file))
            CompleteFile.WriteText(file, JsonSerializer.Serialize(Ask("before")));
        return JsonSerializer.Deserialize<EvaluationReport>(File.ReadAllText(file));
    }

    /// <summary>The metrics of an evaluation under their names in the log, where one is due at a step.</summary>
    /// <param name="step">Updates done.</param>
    public IEnumerable<KeyValuePair<string, double>> IfDue(long step)
    {
        if (options.EvalSteps == 0 || step % options.EvalSteps != 0 || Ask($"step {step}", step) is not { } report)
            return [];
        Require(report);
        _series.Clear();
        return report.Metrics.Select(metric => KeyValuePair.Create(Name(metric.Key), metric.Value.Value));
    }

    /// <summary>The step of the best evaluation so far, the last of equals; null before the first.</summary>
    public long? BestStep => BestOf(Series(options.MetricForBestModel));

    /// <summary>So many evaluations in a row were no better than the best that the run ends.</summary>
    public bool Stops => Stop(Series(options.MetricForBestModel), options.EarlyStoppingPatience) || HasParted;

    /// <summary>The learned reward and the gold reward have parted for so many evaluations in a row that the run ends.</summary>
    public bool HasParted => options.GoldPatience > 0 && OverOptimization.HasParted(Rewards, Golds, options.GoldPatience, options.GoldTolerance);

    /// <summary>Draws the learned and the gold reward into the run's folder, and says where they parted; nothing where there is no gold reward.</summary>
    public void PlotOverOptimization()
    {
        if (score is null || Golds.Count == 0)
            return;
        CompleteFile.WriteText(Path.Combine(run.Folder, OverOptimization.PlotFile), OverOptimization.Plot(Rewards, Golds, options.GoldTolerance));
        run.Say(OverOptimization.Begins(Rewards, Golds, options.GoldTolerance) is { } step
            ? FormattableString.Invariant($"the learned reward is over-optimised from step {step} on: gold {Golds.Max(at => at.Value):F3} at best, {Golds[^1].Value:F3} at last ({OverOptimization.PlotFile})")
            : FormattableString.Invariant($"the learned and the gold reward did not part ({OverOptimization.PlotFile})"));
    }

    /// <summary>The step whose weights the run ends with, where they are not its last ones.</summary>
    /// <param name="last">The last step that was made.</param>
    public long? BetterThan(long last) => options.LoadBestModelAtEnd && BestStep is { } best && best != last ? best : null;

    /// <summary>The last of the largest values; null where there are none.</summary>
    internal static long? BestOf(IReadOnlyList<(long Step, double Value)> series) =>
        series.Count == 0 ? null : series.Reverse().MaxBy(found => found.Value).Step;

    // An equal one is no better: patience counts from the first of the largest values.
    internal static bool Stop(IReadOnlyList<(long Step, double Value)> series, int patience) => patience > 0 && series.Count > 0
        && series.MaxBy(found => found.Value) is var first && series.Count(found => found.Step > first.Step) >= patience;

    private static string Name(string metric) => $"{Metric.Eval}/{metric}";

    private IReadOnlyList<(long Step, double Value)> Rewards => Series(Metric.Reward);

    private IReadOnlyList<(long Step, double Value)> Golds => Series(Metric.Gold);

    private IReadOnlyList<(long Step, double Value)> Series(string metric)
    {
        if (options.EvalSteps == 0)
            return [];
        if (!_series.TryGetValue(metric, out IReadOnlyList<(long Step, double Value)>? series))
            _series[metric] = series = run.Series(Name(metric));
        return series;
    }

    private void Require(EvaluationReport report)
    {
        if (!report.Metrics.ContainsKey(options.MetricForBestModel))
            throw OptionException.Breaks(nameof(options.MetricForBestModel), options.MetricForBestModel,
                $"must be a metric of the held-out data: {string.Join(", ", report.Metrics.Keys)}", Metric.Reward);
    }
}
