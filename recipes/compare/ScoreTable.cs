using System.Globalization;
using System.Net;
using System.Text;
using Vlm.Rewards;

/// <summary>Score runs beside each other, question by question: by kind, with paired tests, and what got better or worse.</summary>
/// <remarks>
/// Beside the first run each other one is tested on the same questions: the difference of mean scores with its 95 % interval by a paired
/// bootstrap (<see cref="PairedDifference"/>), and McNemar's exact test of right and wrong answers (<see cref="McNemar"/>).
/// </remarks>
/// <param name="Runs">Two or more; the first is what the others are compared with.</param>
/// <param name="Examples">Most examples of each direction.</param>
sealed record ScoreTable(IReadOnlyList<ScoredRun> Runs, int Examples)
{
    private const int MostText = 160;
    private static readonly string[] s_head =
        ["run", "kind", "questions", "first", "this", "difference", "95 %", "p, bootstrap", "right now", "wrong now", "p, McNemar"];

    // The answers of each other run beside the first's.
    private readonly (ScoredRun Run, (KeptAnswer First, KeptAnswer Then)[] Pairs)[] _pairs =
        [.. Runs.Skip(1).Select(run => (run, Runs[0].Answers.Zip(run.InOrderOf(Runs[0])).ToArray()))];

    /// <summary>Markdown: a table, and examples.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"first: {Runs[0].Folder}").AppendLine();
        text.AppendLine("| " + string.Join(" | ", s_head) + " |").AppendLine("|" + string.Concat(s_head.Select(_ => "---|")));
        foreach (string[] row in Rows())
            text.AppendLine("| " + string.Join(" | ", row) + " |");
        if (Runs.Count > 2)
            text.AppendLine().AppendLine(Spread());
        foreach ((string title, IEnumerable<(KeptAnswer First, KeptAnswer Then)> pairs) in Shown())
        {
            text.AppendLine().AppendLine(title).AppendLine();
            foreach ((KeptAnswer first, KeptAnswer then) in pairs)
                text.AppendLine($"- {first.Key}: {Short(first.Text)} -> {Short(then.Text)}" + (first.Question.Length > 0 ? $" ({Short(first.Question)})" : ""));
        }

        return text.ToString();
    }

    /// <summary>The same as a page that needs nothing else.</summary>
    public string Html()
    {
        static string Safe(string text) => WebUtility.HtmlEncode(text);
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width\"><title>compare</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
            + "table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #8886;text-align:right}"
            + "th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}</style></head><body><h1>Scores compared</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>first: {Safe(Runs[0].Folder)}</p><table><thead><tr>")
            .Append(string.Concat(s_head.Select(name => $"<th scope=\"col\">{Safe(name)}</th>"))).Append("</tr></thead><tbody>");
        foreach (string[] row in Rows())
            page.Append("<tr>").Append(string.Concat(row.Select(cell => $"<td>{Safe(cell)}</td>"))).Append("</tr>");
        page.Append("</tbody></table>");
        if (Runs.Count > 2)
            page.Append(CultureInfo.InvariantCulture, $"<p>{Safe(Spread())}</p>");
        foreach ((string title, IEnumerable<(KeptAnswer First, KeptAnswer Then)> pairs) in Shown())
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Safe(title)}</h2><ul>").Append(string.Concat(pairs.Select(pair =>
                $"<li><b>{Safe(pair.First.Key)}</b> {Safe(Short(pair.First.Question))}<br>{Safe(Short(pair.First.Text))} &rarr; "
                + $"{Safe(Short(pair.Then.Text))}</li>"))).Append("</ul>");
        return page.Append("</body></html>\n").ToString();
    }

    private IEnumerable<string[]> Rows()
    {
        foreach ((ScoredRun run, (KeptAnswer First, KeptAnswer Then)[] pairs) in _pairs)
        {
            string[] kinds = [.. pairs.Select(pair => pair.First.Kind).Distinct().Order(StringComparer.Ordinal)];
            foreach (string kind in kinds)
                yield return Row(run, kind, [.. pairs.Where(pair => pair.First.Kind == kind)]);
            if (kinds.Length > 1)
                yield return Row(run, "all", pairs);
        }
    }

    // An answer that no reward could score says nothing of a difference.
    private static string[] Row(ScoredRun run, string kind, (KeptAnswer First, KeptAnswer Then)[] pairs)
    {
        (KeptAnswer First, KeptAnswer Then)[] scored =
            [.. pairs.Where(pair => double.IsFinite(pair.First.Score) && double.IsFinite(pair.Then.Score))];
        var test = McNemar.Of([.. pairs.Select(pair => pair.First.IsRight)], [.. pairs.Select(pair => pair.Then.IsRight)]);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Folder));
        string[] head = [name, kind, pairs.Length.ToString("N0", CultureInfo.InvariantCulture)];
        string[] tail =
            [test.OnlySecond.ToString(CultureInfo.InvariantCulture), test.OnlyFirst.ToString(CultureInfo.InvariantCulture), P(test.PValue)];
        if (scored.Length == 0)
            return [.. head, "-", "-", "-", "-", "-", .. tail];
        double[] first = [.. scored.Select(pair => pair.First.Score)], then = [.. scored.Select(pair => pair.Then.Score)];
        var paired = PairedDifference.Of(first, then);
        return [.. head, Show(first.Average()), Show(then.Average()), Signed(paired.Difference.Mean),
            $"{Signed(paired.Difference.Low)} to {Signed(paired.Difference.High)}", P(paired.PValue), .. tail];
    }

    // Runs of one method with other seeds: mean and sample deviation.
    private string Spread()
    {
        double[] means = [.. Runs.Select(run => run.Answers.Select(answer => answer.Score).Where(double.IsFinite)
            .DefaultIfEmpty(double.NaN).Average())];
        double mean = means.Average(), deviation = Math.Sqrt(means.Sum(value => (value - mean) * (value - mean)) / (means.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"all {Runs.Count} runs: mean score {mean:0.000}, sample deviation {deviation:0.000}");
    }

    private IEnumerable<(string Title, IEnumerable<(KeptAnswer First, KeptAnswer Then)> Pairs)> Shown()
    {
        foreach ((ScoredRun run, (KeptAnswer First, KeptAnswer Then)[] pairs) in _pairs)
            foreach ((string what, bool better) in ((string, bool)[])[("right now", true), ("wrong now", false)])
                if (Examples > 0 && Changed(pairs, better) is { Length: > 0 } found)
                    yield return ($"{what} in {run.Folder}: {Math.Min(found.Length, Examples)} of {found.Length}", found.Take(Examples));
    }

    private static (KeptAnswer First, KeptAnswer Then)[] Changed((KeptAnswer First, KeptAnswer Then)[] pairs, bool better) =>
        [.. pairs.Where(pair => pair.Then.IsRight == better && pair.First.IsRight != better)];

    private static string Show(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string P(double value) => value < 0.001 ? "< 0.001" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ").Trim();
        return line.Length == 0 ? "(nothing)" : line.Length <= MostText ? line : line[..MostText] + " ...";
    }
}
