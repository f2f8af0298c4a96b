using System.Globalization;

namespace Vlm.Grpo.Reports;

/// <summary>Held-out questions before and after, by kind, with intervals of 95 %, as a table with a drawing in each row.</summary>
internal static class ResultSection
{
    private static readonly Html s_legend =
        new("<p class=\"legend\"><span class=\"dot before\"></span> before <span class=\"dot after\"></span> after</p>");

    private const int Width = 300, Height = 26, Edge = 8;

    /// <summary>The section of a run; empty where nothing is held out.</summary>
    public static Html Of(RunView run)
    {
        if (run.Results.Count == 0)
            return Html.None;
        bool compares = run.Results.Any(row => row.Before is not null);
        string asked = compares ? "The same questions, one greedy answer each, before the first step and after the last."
            : "One answer to each question.";
        return Html.Of($"""
            <p class="lead">{asked} In brackets and as bars: intervals of 95 % (Wilson's for shares, 1.96 standard errors for means).</p>
            <div class="scroll" role="region" aria-label="Results" tabindex="0"><table class="results">
            <thead><tr><th scope="col">kind of question</th><th scope="col" class="number">questions</th>
            {(compares ? new Html("<th scope=\"col\" class=\"number\">before</th>") : Html.None)}
            <th scope="col" class="number">{(compares ? "after" : "measured")}</th>
            {(compares ? new Html("<th scope=\"col\" class=\"number\">change</th>") : Html.None)}
            <th scope="col"><span class="axis" aria-hidden="true"><span>0</span><span>50 %</span><span>100 %</span></span>
            <span class="unseen">drawing</span></th></tr></thead>
            <tbody>{run.Results.Select(row => Row(row, compares))}</tbody>
            </table></div>
            {(compares ? s_legend : Html.None)}
            """);
    }

    private static Html Row(ResultRow row, bool compares) => Html.Of($"""
        <tr{(row.Name == AnswerReader.AllQuestions ? new Html(" class=\"all\"") : Html.None)}><th scope="row">{row.Name}</th>
        <td class="number">{(row.After ?? row.Before)?.Count ?? 0}</td>
        {(compares ? Cell(row.Before, row.IsShare) : Html.None)}
        {Cell(row.After, row.IsShare)}
        {(compares ? Change(row) : Html.None)}
        <td class="plot">{Drawing(row)}</td></tr>

        """);

    private static Html Cell(Estimate? of, bool share)
    {
        if (of is not { } one)
            return new("<td class=\"number\">–</td>");
        Html interval = double.IsNaN(one.Low) ? Html.None
            : Html.Of($" <span class=\"interval\">({Bare(one.Low, share)} to {Bare(one.High, share)})</span>");
        return Html.Of($"<td class=\"number\">{Bare(one.Value, share)}{(share ? " %" : "")}{interval}</td>");
    }

    private static Html Change(ResultRow row)
    {
        if (row is not { Before: { } before, After: { } after })
            return new("<td class=\"number\">–</td>");
        double change = after.Value - before.Value;
        (string way, string sign) = change > 0 ? ("up", "+") : change < 0 ? ("down", "−") : ("same", "");
        return Html.Of($"<td class=\"number {way}\">{sign}{Bare(Math.Abs(change), row.IsShare)}</td>");
    }

    private static string Bare(double value, bool share) =>
        (share ? value * 100 : value).ToString(share ? "0.0" : "0.000", CultureInfo.InvariantCulture);

    private static Html Drawing(ResultRow row)
    {
        Estimate?[] all = [row.Before, row.After];
        if (all.Any(one => one is { } of && of.Value is < 0 or > 1))
            return Html.None;
        return Html.Of($"""
            <svg width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}" aria-hidden="true">
            <line class="rail" x1="{Edge}" x2="{Width - Edge}" y1="{Height / 2}" y2="{Height / 2}" />
            {Bar(row.Before, "before", 9)}{Bar(row.After, "after", 17)}</svg>
            """);
    }

    private static Html Bar(Estimate? of, string which, int y)
    {
        if (of is not { } one)
            return Html.None;
        Html interval = double.IsNaN(one.Low) ? Html.None
            : Html.Of($"<line class=\"{which}\" x1=\"{X(one.Low):0.#}\" x2=\"{X(one.High):0.#}\" y1=\"{y}\" y2=\"{y}\" />");
        return Html.Of($"{interval}<circle class=\"{which}\" cx=\"{X(one.Value):0.#}\" cy=\"{y}\" r=\"4\" />");
    }

    private static double X(double value) => Edge + (Math.Clamp(value, 0, 1) * (Width - (2 * Edge)));
}
