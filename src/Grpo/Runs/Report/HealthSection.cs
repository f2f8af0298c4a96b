namespace Vlm.Grpo.Reports;

/// <summary>What to look at, and what was looked at and is fine.</summary>
internal static class HealthSection
{
    /// <summary>The section of a run; empty where nothing could be looked at.</summary>
    public static Html Of(RunView run)
    {
        if (run.Health.Count == 0)
            return Html.None;
        Finding[] problems = [.. run.Health.Where(finding => finding.IsProblem)], fine = [.. run.Health.Where(finding => !finding.IsProblem)];
        return Html.Of($"""
            {(problems.Length == 0 ? Html.Of($"<p class=\"fine\"><strong>Nothing to worry about</strong> in {Checks(fine.Length)}.</p>") : Html.Of($"<ul class=\"problems\">{problems.Select(Problem)}</ul>"))}
            {(fine.Length == 0 ? Html.None : Html.Of($"<details><summary>{Checks(fine.Length)} without a finding</summary><ul class=\"checks\">{fine.Select(Fine)}</ul></details>"))}
            {(run.OverOptimization is { } plot ? Html.Of($"<figure class=\"gold\"><figcaption>Learned and gold reward on held-out questions</figcaption>{new Html(plot)}</figure>") : Html.None)}
            """);
    }

    private static string Checks(int count) => FormattableString.Invariant($"{count} check{(count == 1 ? "" : "s")}");

    private static Html Problem(Finding finding) => Html.Of(
        $"<li><h4>{finding.Title}</h4><p>{finding.Found}.</p><p class=\"try\"><strong>Try</strong> {finding.Try}.</p></li>");

    private static Html Fine(Finding finding) => Html.Of($"<li><strong>No {finding.Title.ToLowerInvariant()}</strong> <span>{finding.Found}</span></li>");
}
