namespace Vlm.Grpo.Reports;

/// <summary>Which codes of a latent codebook the policy takes, at the beginning of a run and at its end, and what they bring about.</summary>
internal static class CodeSection
{
    private const int Most = 64, Listed = 16, Tokens = 6, Height = 120, Bar = 12;

    private const double Seldom = 0.01;      // of a code's uses: tokens below are counted and not named

    /// <summary>The section of a run; empty where the policy acts by tokens.</summary>
    public static Html Of(RunView run)
    {
        if (run.Codes is not { } codes)
            return Html.None;
        long[] order = [.. codes.First.Keys.Union(codes.Last.Keys)
            .OrderByDescending(code => codes.Last.GetValueOrDefault(code)).ThenBy(code => code)];
        long[] shown = [.. order.Take(Most)];
        string drawn = order.Length > Most ? FormattableString.Invariant($" {Most} of {order.Length} are shown.") : "";
        return Html.Of($"""
            <p class="lead">Codes that sampled answers took in the first and in the last quarter of the run, most frequent first.
            {codes.First.Count} different ones in the first quarter, as various as {Effective(codes.First):0.0} that are taken
            equally often; {codes.Last.Count} in the last, as various as {Effective(codes.Last):0.0}.{drawn}</p>
            <p class="legend"><span class="bar early"></span> first quarter <span class="bar late"></span> last quarter</p>
            <div class="scroll" role="region" aria-label="Use of codes" tabindex="0">
            {Bars(codes, shown)}
            </div>
            <h3>What the codes brought about</h3>
            <p class="lead">The tokens that were written with a code, counted over all rollouts of the run, and their share of its uses where
            this is 1 % or more. A code acts on a state, so it may bring about one thing in one place of an answer and something else
            in another: ␣ is a space, "end" the end of the answer. Answers above have their codes over their tokens.</p>
            {Table(codes, shown[..Math.Min(Listed, shown.Length)])}
            {(shown.Length <= Listed ? Html.None
                : Html.Of($"<details><summary>{shown.Length - Listed} more</summary>{Table(codes, shown[Listed..])}</details>"))}
            """);
    }

    private static Html Bars(CodeUsage codes, long[] shown)
    {
        double most = shown.Max(code => Math.Max(Share(codes.First, code), Share(codes.Last, code)));
        return Html.Of($"""
            <svg class="codebars" width="{shown.Length * Bar * 2}" height="{Height + 20}" role="img"
              aria-label="bars of the share of each code; the table below has the numbers">
            {shown.Index().Select(Pair)}</svg>
            """);

        Html Pair((int Index, long Code) one)
        {
            double early = Height * Share(codes.First, one.Code) / most, late = Height * Share(codes.Last, one.Code) / most;
            int x = one.Index * Bar * 2;
            return Html.Of($"""
                <rect class="early" x="{x + 2}" y="{Height - early:0.#}" width="9" height="{early:0.#}" />
                <rect class="late" x="{x + 12}" y="{Height - late:0.#}" width="9" height="{late:0.#}" />
                <text x="{x + Bar}" y="{Height + 14}">{one.Code}</text>

                """);
        }
    }

    private static Html Table(CodeUsage codes, long[] shown) => Html.Of($"""
        <div class="scroll" role="region" aria-label="Codes and their tokens" tabindex="0"><table class="results codetable">
        <thead><tr><th scope="col" class="number">code</th><th scope="col" class="number">first quarter</th>
        <th scope="col" class="number">last quarter</th><th scope="col" class="number">different tokens</th>
        <th scope="col">most frequent tokens</th></tr></thead>
        <tbody>{shown.Select(code => Row(codes, code))}</tbody>
        </table></div>
        """);

    private static Html Row(CodeUsage codes, long code)
    {
        IReadOnlyDictionary<string, long> tokens = codes.Tokens.GetValueOrDefault(code) ?? new Dictionary<string, long>();
        double all = tokens.Values.Sum();
        Html written = Html.Join(tokens.OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).Take(Tokens)
            .Where((one, i) => i == 0 || one.Value >= Seldom * all).Select(one => Html.Of($"<span class=\"piece\"><b>{CodeList.Token(one.Key)}</b> {100 * one.Value / all:0} %</span> ")));
        return Html.Of($"""
            <tr><th scope="row" class="number">{code}</th><td class="number">{100 * Share(codes.First, code):0.0} %</td>
            <td class="number">{100 * Share(codes.Last, code):0.0} %</td>
            <td class="number">{(tokens.Count == 0 ? new Html("–") : Html.Of($"{tokens.Count}"))}</td><td>{written}</td></tr>

            """);
    }

    private static double Share(IReadOnlyDictionary<long, long> counts, long code) =>
        counts.GetValueOrDefault(code) / Math.Max(1.0, counts.Values.Sum());

    /// <summary>Exponential of the entropy of the codes' shares: 1 where one is taken always, K where K are taken equally often.</summary>
    internal static double Effective(IReadOnlyDictionary<long, long> counts)
    {
        double all = counts.Values.Sum();
        return counts.Count == 0 ? 0 : Math.Exp(-counts.Values.Where(count => count > 0).Sum(count => count / all * Math.Log(count / all)));
    }
}
