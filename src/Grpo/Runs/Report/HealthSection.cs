namespace Vlm.Grpo.Reports;

/// <summary>What to look at, and what was looked at and is fine.</summary>
internal static class HealthSection
{
    /// <summary>The section of a run; empty where nothing could be looked at.</summary>
    public static Html Of(RunView run)
    {
        if (run.Health.Count == 0)
            return Html.None;
        ILookup<bool, Finding> findings = run.Health.ToLookup(finding => finding.IsProblem);
        (int problems, int fine) = (findings[true].Count(), findings[false].Count());
        return Html.Of($"""
            {(problems == 0 ? Html.Of($"<p class=\"fine\"><strong>Nothing to worry about</strong> in {Checks(fine)}.</p>")
                : Html.Of($"<ul class=\"problems\">{findings[true].Select(Problem)}</ul>"))}
            {(fine == 0 ? Html.None : Html.Of($"""
                <details><summary>{Checks(fine)} without a finding</summary><ul class="checks">{findings[false].Select(Fine)}</ul></details>
                """))}
            {(run.OverOptimization is not { } plot ? Html.None : Html.Of($"""
                <figure class="gold"><figcaption>Learned and gold reward on held-out questions</figcaption>{new Html(plot)}</figure>
                """))}
            """);
    }

    private static string Checks(int count) => FormattableString.Invariant($"{count} check{(count == 1 ? "" : "s")}");

    private static Html Problem(Finding finding) => Html.Of($"""
        <li><h4>{finding.Title}</h4><p>{finding.Found}.</p><p class="try"><strong>Try</strong> {finding.Try}.</p></li>

        """);

    private static Html Fine(Finding finding) => Html.Of($"""
        <li><strong>No {finding.Title.ToLowerInvariant()}</strong> <span>{finding.Found}</span></li>

        """);
}
