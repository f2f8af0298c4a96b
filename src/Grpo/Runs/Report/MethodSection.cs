using System.Globalization;

namespace Vlm.Grpo.Reports;

/// <summary>Methods that a run compared: what each earns, explores and costs, with its reward against its exploration drawn.</summary>
internal static class MethodSection
{
    private const int Width = 220, Height = 56, Edge = 6;
    private const string DrawnHow = " Drawn is the reward of sampled answers (up) at several temperatures against these nats (right), all "
        + "methods on one scale.";

    /// <summary>The section of a run; empty where it compared nothing.</summary>
    public static Html Of(RunView run)
    {
        if (run.Methods.Count == 0)
            return Html.None;
        var all = run.Methods.SelectMany(row => row.Frontier).ToArray();
        MethodRow[] coded = [.. run.Methods.Where(row => row.Kept is not null)];
        return Html.Of($"""
            <p class="lead">Held-out questions, the same for every method. Nats are the entropy over tokens of a sampled answer: methods explore
            alike where they have as many, not at one temperature.{(all.Length == 0 ? "" : DrawnHow)}</p>
            <div class="scroll" role="region" aria-label="Methods" tabindex="0"><table class="results">
            <thead><tr><th scope="col">method</th>{Heads("greedy reward", "sampled", "best of a group", "nats an answer", "trained numbers", "processor s")}
            {(all.Length == 0 ? Html.None : new Html("<th scope=\"col\">reward against nats</th>"))}</tr></thead>
            <tbody>{run.Methods.Select(row => Row(row, all))}</tbody>
            </table></div>
            {(coded.Length == 0 ? Html.None : Codes(coded))}
            """);
    }

    private static Html Row(MethodRow row, (double Nats, double Reward)[] all) => Html.Of($"""
        <tr><th scope="row">{row.Name}</th>{Cell(row.Greedy, "0.000")}{Cell(row.Sampled, "0.000")}{Cell(row.BestOfGroup, "0.000")}
        {Cell(row.Nats, "0.00")}{Cell(row.Trainable, "#,0")}{Cell(row.CpuSeconds, "#,0")}
        {(all.Length == 0 ? Html.None : Html.Of($"<td>{Drawing(row, all)}</td>"))}</tr>

        """);

    private static Html Codes(MethodRow[] coded) => Html.Of($"""
        <h3>What codes keep of tokens</h3>
        <p class="lead">On answers that nothing was trained on, against the policy over tokens. Gaps are nats a token: what the best policy over
        these codes would lose, and what this one loses more. Agreement: the same likeliest token, of this policy and of the best one. Coverage:
        where the choice is open, how often some code leads to the answer's token.</p>
        <div class="scroll" role="region" aria-label="Codes against tokens" tabindex="0"><table class="results">
        <thead><tr><th scope="col">method</th>{Heads("representation gap", "cloning gap", "agreement", "best agreement", "coverage", "reachable tokens")}</tr></thead>
        <tbody>{coded.Select(row => KeptRow(row.Name, row.Kept!))}</tbody>
        </table></div>
        """);

    private static Html KeptRow(string name, KeptEffects kept) => Html.Of($"""
        <tr><th scope="row">{name}</th>{Cell(kept.RepresentationGap, "0.000")}{Cell(kept.CloningGap, "0.000")}
        {Cell(kept.Agreement, "0.000")}{Cell(kept.BestAgreement, "0.000")}{Cell(kept.Coverage, "0.000")}{Cell(kept.Reachable, "0.0")}</tr>

        """);

    private static Html Heads(params string[] names) =>
        Html.Join(names.Select(name => Html.Of($"<th scope=\"col\" class=\"number\">{name}</th>")));

    private static Html Cell(double value, string format) =>
        Html.Of($"<td class=\"number\">{(double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–")}</td>");

    private static Html Drawing(MethodRow row, (double Nats, double Reward)[] all)
    {
        if (row.Frontier.Count == 0)
            return Html.None;
        (double low, double high) = (all.Min(at => at.Reward), all.Max(at => at.Reward));
        double most = all.Max(at => at.Nats);
        double X(double nats) => Edge + (nats / Math.Max(most, 1e-9) * (Width - (2 * Edge)));
        double Y(double reward) => Height - Edge - ((reward - low) / Math.Max(high - low, 1e-9) * (Height - (2 * Edge)));
        string line = string.Join(' ', row.Frontier.Select(at => string.Create(CultureInfo.InvariantCulture, $"{X(at.Nats):0.#},{Y(at.Reward):0.#}")));
        string said = string.Join(", ", row.Frontier.Select(at => string.Create(CultureInfo.InvariantCulture, $"{at.Reward:0.000} at {at.Nats:0.00} nats")));
        return Html.Of($"""
            <svg class="frontier" width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}" role="img" aria-label="{said}">
            <polyline points="{line}" />{row.Frontier.Select(at => Html.Of($"<circle cx=\"{X(at.Nats):0.#}\" cy=\"{Y(at.Reward):0.#}\" r=\"2.5\" />"))}</svg>
            """);
    }
}
