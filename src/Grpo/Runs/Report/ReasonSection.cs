namespace Vlm.Grpo.Reports;

/// <summary>How often each reward gave each of its reasons, as the run went on.</summary>
internal static class ReasonSection
{
    private const int Width = 640, Height = 150, Bottom = 20;

    /// <summary>The section of a run; empty without rollouts.</summary>
    public static Html Of(RunView run) => run.Reasons.Count == 0 ? Html.None : Html.Of($"""
        <p class="lead">Why sampled answers earned what they did: the share of each reason in {run.Reasons[0].Spans.Count} parts of the run,
        from left to right. … stands for what differs from answer to answer.</p>
        {run.Reasons.Select(One)}
        """);

    private static Html One(Reasons of)
    {
        double[] totals = [.. Enumerable.Range(0, of.Spans.Count).Select(i => Math.Max(1.0, of.Counts.Sum(one => one.Counts[i])))];
        return Html.Of($"""
            <h3>{of.Reward}</h3>
            <div class="reasons">
            <svg class="stack" viewBox="0 0 {Width} {Height}" role="img"
              aria-label="shares of the reasons of {of.Reward}; the table has the numbers">
            {of.Spans.Index().Select(span => Column(of, span.Index, totals[span.Index]))}
            <text class="step" x="0" y="{Height - 4}">step {of.Spans[0].First}</text>
            <text class="step end" x="{Width}" y="{Height - 4}">step {of.Spans[^1].Last}</text>
            </svg>
            <div class="scroll" role="region" aria-label="Reasons of {of.Reward}" tabindex="0"><table>
            <thead><tr><th scope="col">reason</th><th scope="col" class="number">first part</th>
            <th scope="col" class="number">last part</th>
            <th scope="col" class="number">in all</th></tr></thead>
            <tbody>{of.Counts.Index().Select(row => Row(row.Index, row.Item.Reason, row.Item.Counts, totals))}</tbody>
            </table></div>
            </div>

            """);
    }

    // A bar of the whole height, cut by the shares of the reasons.
    private static Html Column(Reasons of, int span, double total)
    {
        double bar = (double)Width / of.Spans.Count, gap = of.Spans.Count > 1 ? 2 : 0, y = 0;
        var cells = new List<Html>();
        foreach ((int i, (string reason, long[] counts)) in of.Counts.Index())
        {
            double height = (Height - Bottom) * counts[span] / total;
            if (height > 0)
                cells.Add(Html.Of($"""
                    <rect class="hue h{i}" x="{span * bar:0.##}" y="{y:0.##}" width="{bar - gap:0.##}" height="{height:0.##}">
                    <title>{reason}: {counts[span]} in steps {of.Spans[span].First} to {of.Spans[span].Last}</title></rect>

                    """));
            y += height;
        }

        return Html.Join(cells);
    }

    private static Html Row(int hue, string reason, long[] counts, double[] totals) => Html.Of($"""
        <tr><th scope="row"><span class="hue h{hue}"></span>{(reason.Length == 0 ? "no reason given" : reason)}</th>
        <td class="number">{100 * counts[0] / totals[0]:0.0} %</td><td class="number">{100 * counts[^1] / totals[^1]:0.0} %</td>
        <td class="number">{counts.Sum():N0}</td></tr>

        """);
}
