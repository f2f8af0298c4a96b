namespace Vlm.Grpo.Reports;

/// <summary>Which codes of a latent codebook the policy takes, at the beginning of a run and at its end.</summary>
internal static class CodeSection
{
    private const int Most = 64, Height = 120, Bar = 12;

    /// <summary>The section of a run; empty where the policy acts by tokens.</summary>
    public static Html Of(RunView run)
    {
        if (run.Codes is not { } codes)
            return Html.None;
        long[] order = [.. codes.First.Keys.Union(codes.Last.Keys).OrderByDescending(code => codes.Last.GetValueOrDefault(code)).ThenBy(code => code)];
        long[] shown = [.. order.Take(Most)];
        double first = Math.Max(1, codes.First.Values.Sum()), last = Math.Max(1, codes.Last.Values.Sum());
        double most = shown.Max(code => Math.Max(codes.First.GetValueOrDefault(code) / first, codes.Last.GetValueOrDefault(code) / last));
        return Html.Of($"""
            <p class="lead">Codes that sampled answers took in the first and in the last quarter of the run, most frequent first. As many codes as would be used equally often make the same entropy: {Effective(codes.First):0.0} in the first quarter, {Effective(codes.Last):0.0} in the last; different ones are {codes.First.Count} and {codes.Last.Count}.{(order.Length > Most ? $" {Most} of {order.Length} are drawn." : "")}</p>
            <p class="legend"><span class="swatch before"></span> first quarter <span class="swatch after"></span> last quarter</p>
            <div class="scroll" role="region" aria-label="Use of codes" tabindex="0"><svg class="codebars" width="{shown.Length * Bar * 2}" height="{Height + 20}" role="img" aria-label="bars of the share of each code; the list below has the numbers of the most frequent">{shown.Index().Select(Bars)}</svg></div>
            <ol class="codelisting">{shown.Take(12).Select(code => Html.Of($"<li>code {code}: {100 * codes.First.GetValueOrDefault(code) / first:0.0} % at first, {100 * codes.Last.GetValueOrDefault(code) / last:0.0} % at last</li>"))}</ol>
            """);

        Html Bars((int Index, long Code) one)
        {
            double early = Height * codes.First.GetValueOrDefault(one.Code) / first / most, late = Height * codes.Last.GetValueOrDefault(one.Code) / last / most;
            int x = one.Index * Bar * 2;
            return Html.Of($"<rect class=\"early\" x=\"{x + 2}\" y=\"{Height - early:0.#}\" width=\"9\" height=\"{early:0.#}\" /><rect class=\"late\" x=\"{x + 12}\" y=\"{Height - late:0.#}\" width=\"9\" height=\"{late:0.#}\" /><text x=\"{x + Bar}\" y=\"{Height + 14}\">{one.Code}</text>");
        }
    }

    /// <summary>The exponential of the entropy of the codes' shares: 1 where one is taken always, K where K are taken equally often.</summary>
    internal static double Effective(IReadOnlyDictionary<long, long> counts)
    {
        double all = counts.Values.Sum();
        return counts.Count == 0 ? 0 : Math.Exp(-counts.Values.Where(count => count > 0).Sum(count => count / all * Math.Log(count / all)));
    }
}
