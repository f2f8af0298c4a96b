namespace Vlm.Grpo.Reports;

/// <summary>What the run is, how far it came, and the command that goes on.</summary>
internal static class HeadSection
{
    private const int MostValues = 3;

    /// <summary>The section of a run.</summary>
    public static Html Of(RunView run)
    {
        RunHead head = run.Head;
        return Html.Of($"""
            <p class="state {head.State.ToString().ToLowerInvariant()}"><strong>{Word(head.State)}</strong> {Said(head)}</p>
            {Tiles(run)}
            <dl class="facts">{head.Facts.Select(fact => Html.Of($"<div><dt>{fact.Name}</dt><dd>{Values(fact)}</dd></div>\n"))}</dl>
            {Command("Command", head.Command)}
            {Command("Go on with", head.Resume)}
            """);
    }

    // Many values are folded: a list of shards would push everything else out of sight.
    private static Html Values(Fact fact) => fact.Values.Count <= MostValues ? Html.Of($"{string.Join(' ', fact.Values)}") : Html.Of($"""
        <details><summary>{fact.Values.Count} files, from {Path.GetFileName(fact.Values[0])}</summary>
        <ul>{fact.Values.Select(value => Html.Of($"<li>{value}</li>\n"))}</ul></details>
        """);

    /// <summary>A state in a word or two.</summary>
    internal static string Word(RunState state) => state switch
    {
        RunState.Finished => "Finished",
        RunState.Running => "Still running",
        RunState.Stopped => "Stopped",
        RunState.Ended => "Ended without a result",
        _ => "Killed",
    };

    /// <summary>How far it came, and what that means for what is shown.</summary>
    internal static string Said(RunHead head)
    {
        string at = head.Steps is { } all ? $"step {head.Step} of {all}" : head.Step > 0 ? $"step {head.Step}" : "";
        return head.State switch
        {
            RunState.Finished => at,
            RunState.Running => $"{at}: a process writes to this folder, and this page shows what there was when it was written",
            RunState.Stopped => $"{at}: it was asked to stop, saved and stopped",
            RunState.Ended => $"{at}: an error ended it; what it had written is shown",
            _ => $"{at}: its process ended without a word, by a kill, a power cut or want of memory; what it had written is shown",
        };
    }

    private static Html Tiles(RunView run)
    {
        Html[] tiles = [.. new[] { Right(run), Paid(run), Changed(run), Sampled(run), Rollouts(run) }.OfType<Html>()];
        return tiles.Length == 0 ? Html.None : Html.Of($"<div class=\"tiles\">{tiles}</div>");
    }

    private static Html? Right(RunView run) => run.Results.LastOrDefault(row => row.IsShare) is not { After: { } after } row ? null
        : Tile("Right answers", row.Before is { } before ? (FormattableString)$"{before.Value * 100:0.0} %" : null,
            $"{after.Value * 100:0.0} %", $"{after.Count} held-out questions");

    private static Html? Paid(RunView run) =>
        run.Results.FirstOrDefault(row => row.Name == AnswerReader.MeanReward) is not { After: { } after } row ? null
            : Tile("Mean reward", row.Before is { } before ? (FormattableString)$"{before.Value:0.000}" : null,
                $"{after.Value:0.000}", $"held-out questions");

    private static Html? Changed(RunView run)
    {
        (int repaired, int broken) = (run.Outcomes.GetValueOrDefault(Outcome.Fixed), run.Outcomes.GetValueOrDefault(Outcome.Broken));
        return repaired + broken == 0 ? null
            : Tile("Fixed and broken", null, $"+{repaired} −{broken}", $"wrong to right, right to wrong");
    }

    private static Html? Sampled(RunView run) =>
        run.Series.TryGetValue(Metric.Reward, out Series? series) && series.Points.Count > 1 && Health.EndsOf(series) is var ends
            ? Tile("Reward in training", $"{ends.First:0.00}", $"{ends.Last:0.00}", $"first and last steps") : null;

    private static Html? Rollouts(RunView run) =>
        run.Rollouts == 0 ? null : Tile("Rollouts", null, $"{run.Rollouts:N0}", $"sampled and learned from");

    private static Html Tile(string name, FormattableString? before, FormattableString after, FormattableString note)
    {
        Html was = before is null ? Html.None
            : Html.Of($"<span class=\"was\">{FormattableString.Invariant(before)}</span><span class=\"to\" aria-label=\"to\"> → </span>");
        return Html.Of($"""
            <div class="tile"><p class="name">{name}</p>
            <p class="value">{was}{FormattableString.Invariant(after)}</p>
            <p class="note">{FormattableString.Invariant(note)}</p></div>

            """);
    }

    private static Html Command(string name, string? command) => command is null ? Html.None
        : Html.Of($"<p class=\"command\"><span>{name}</span><code>{command}</code></p>");
}
