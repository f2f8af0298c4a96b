namespace Vlm.Grpo.Reports;

/// <summary>A curve for each metric, in chapters, the runs over each other.</summary>
internal static class CurveSection
{
    private const int Open = 6;

    private sealed record Chapter(string Title, params string[] Names);

    // A name stands for itself and for its parts, "reward/iou". What no chapter names comes last.
    private static readonly Chapter[] s_chapters =
    [
        new("Reward and right answers", Metric.Reward, Metric.Accuracy, Metric.VqaAccuracy, Metric.GroundingAcc50, Metric.MeanIou,
            Metric.RewardStd, Metric.Format, Metric.RewardMargin, Metric.Gold),
        new("Held-out questions on the way", Metric.Eval),
        new("Policy and gradient", Metric.Entropy, Metric.Kl, Metric.ClipFraction, Metric.GradNorm, Metric.LearningRate,
            Metric.MaxLogProbDiff, Metric.RatioMean, Metric.ClipFractionLow, Metric.ClipFractionHigh, Metric.ApproxKl, Metric.Loss,
            Metric.PolicyLoss, Metric.Updates),
        new("Groups and lengths", Metric.FracRewardZeroStd, Metric.CompletionLength, Metric.Truncated, Metric.FracUnscored,
            Metric.FracLeftOut, Metric.Refill),
        new("Critic", Metric.ValueLoss, Metric.ExplainedVariance, Metric.ValueMean, Metric.ReturnMean, Metric.ValueClipFraction,
            Metric.Scale),
        new("Latent actions", Metric.Latent),
        new("Judge", Metric.Judge),
        new("Speed and memory", Metric.RolloutTokensPerSecond, Metric.StepSeconds, Metric.RolloutSeconds, Metric.UpdateSeconds,
            Metric.RewardSeconds, Metric.PeakMemory, "elapsed_s"),
        new("Others"),
    ];

    /// <summary>The section of all runs; empty where none has a metric.</summary>
    public static Html Of(IReadOnlyList<RunView> runs)
    {
        string[] names = [.. runs.SelectMany(run => run.Series.Keys).Distinct()];
        if (names.Length == 0)
            return Html.None;
        CurveAxis axis = CurveAxis.Of(runs);
        ILookup<Chapter, string> chapters = names.ToLookup(name =>
            s_chapters.FirstOrDefault(chapter => chapter.Names.Contains(name.Split('/')[0])) ?? s_chapters[^1]);
        string bucket = axis.Bucket > 1 ? FormattableString.Invariant($" Each point is the mean of {axis.Bucket} steps.") : "";
        return Html.Of($"""
            <p class="lead">Pale: each step. Strong: an exponential moving average over {axis.Window:0.#} steps.{bucket} Point at a curve to
            read it; with the keyboard, Tab to it and use the arrow keys.</p>
            <p class="legend">{Legend(runs)}</p>
            {s_chapters.Where(chapters.Contains)
                .Select(chapter => Drawn(chapter, [.. chapters[chapter].OrderBy(name => Rank(chapter, name))]))}
            """);

        Html Drawn(Chapter chapter, string[] metrics)
        {
            Html[] curves = [.. metrics.Select(name =>
                CurveSvg.Of(name, [.. runs.Select(run => run.Series.GetValueOrDefault(name))], runs, axis))];
            Html more = curves.Length <= Open ? Html.None : Html.Of($"""
                <details><summary>{curves.Length - Open} more</summary><div class="curves">{curves.Skip(Open)}</div></details>
                """);
            return Html.Of($"""
                <h3>{chapter.Title}</h3>
                <div class="curves">{curves.Take(Open)}</div>
                {more}

                """);
        }
    }

    // Whose line is which, and the marks that there are.
    private static Html Legend(IReadOnlyList<RunView> runs)
    {
        Mark[] marks = [.. runs.SelectMany(run => run.Marks)];
        (bool saved, bool resumed) = (marks.Any(mark => !mark.IsResume), marks.Any(mark => mark.IsResume));
        IEnumerable<Html> whose = runs.Count == 1 ? []
            : runs.Index().Select(run => Html.Of($"<span class=\"key r{run.Index}\"></span> {run.Item.Name} "));
        return Html.Join([.. whose, saved ? new("<span class=\"tick save\"></span> checkpoint ") : Html.None,
            resumed ? new("<span class=\"tick resume\"></span> resumed") : Html.None]);
    }

    private static (int, int, string) Rank(Chapter chapter, string name) =>
        (name.Contains('/', StringComparison.Ordinal) ? 1 : 0, Array.IndexOf(chapter.Names, name.Split('/')[0]), name);
}
