namespace Vlm.Grpo.Reports;

/// <summary>Which codes of a latent codebook the policy takes, at the beginning of a run and at its end.</summary>
internal static class CodeSection
{
    private const int Most = 64, Listed = 12, Height = 120, Bar = 12;

    /// <summary>The section of a run; empty where the policy acts by tokens.</summary>
    public static Html Of(RunView run)
    {
        if (run.Codes is not { } codes)
            return Html.None;
        long[] order = [.. codes.First.Keys.Union(codes.Last.Keys)
            .OrderByDescending(code => codes.Last.GetValueOrDefault(code)).ThenBy(code => code)];
        long[] shown = [.. order.Take(Most)];
        string drawn = order.Length > Most ? FormattableString.Invariant($" {Most} of {order.Length} are drawn.") : "";
        double most = shown.Max(code => Math.Max(Early(code), Late(code)));
        return Html.Of($"""
            <p class="lead">Codes that sampled answers took in the first and in the last quarter of the run, most frequent first.
            {codes.First.Count} different ones in the first quarter, as various as {Effective(codes.First):0.0} that are taken
            equally often; {codes.Last.Count} in the last, as various as {Effective(codes.Last):0.0}.{drawn}</p>
            <p class="legend"><span class="swatch before"></span> first quarter <span class="swatch after"></span> last quarter</p>
            <div class="scroll" role="region" aria-label="Use of codes" tabindex="0">
            <svg class="codebars" width="{shown.Length * Bar * 2}" height="{Height + 20}" role="img"
              aria-label="bars of the share of each code; the list below has the numbers of the most frequent">
            {shown.Index().Select(Bars)}</svg>
            </div>
            <ol class="codelisting">{shown.Take(Listed).Select(Line)}</ol>
            """);

        double Early(long code) => codes.First.GetValueOrDefault(code) / Math.Max(1.0, codes.First.Values.Sum());

        double Late(long code) => codes.Last.GetValueOrDefault(code) / Math.Max(1.0, codes.Last.Values.Sum());

        Html Line(long code) => Html.Of($"<li>code {code}: {100 * Early(code):0.0} % at first, {100 * Late(code):0.0} % at last</li>");

        Html Bars((int Index, long Code) one)
        {
            (double early, double late, int x) = (Height * Early(one.Code) / most, Height * Late(one.Code) / most, one.Index * Bar * 2);
            return Html.Of($"""
                <rect class="early" x="{x + 2}" y="{Height - early:0.#}" width="9" height="{early:0.#}" />
                <rect class="late" x="{x + 12}" y="{Height - late:0.#}" width="9" height="{late:0.#}" />
                <text x="{x + Bar}" y="{Height + 14}">{one.Code}</text>

                """);
        }
    }

    /// <summary>Exponential of the entropy of the codes' shares: 1 where one is taken always, K where K are taken equally often.</summary>
    internal static double Effective(IReadOnlyDictionary<long, long> counts)
    {
        double all = counts.Values.Sum();
        return counts.Count == 0 ? 0 : Math.Exp(-counts.Values.Where(count => count > 0).Sum(count => count / all * Math.Log(count / all)));
    }
}
