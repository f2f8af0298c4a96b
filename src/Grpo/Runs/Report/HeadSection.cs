namespace Vlm.Grpo.Reports;

/// <summary>What the run is, how far it came, and the command that goes on.</summary>
internal static class HeadSection
{
    /// <summary>The section of a run.</summary>
    public static Html Of(RunView run)
    {
        RunHead head = run.Head;
        return Html.Of($"""
            <p class="state {head.State.ToString().ToLowerInvariant()}"><strong>{Word(head.State)}</strong> {Said(head)}</p>
            {Tiles(run)}
            <dl class="facts">{head.Facts.Select(fact => Html.Of($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"))}</dl>
            {Command("Command", head.Command)}
            {Command(head.State == RunState.Finished ? "Go on" : "Go on with", head.Resume)}
            """);
    }

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
        string at = head.Step == 0 && head.Steps is null ? "" : head.Steps is { } all ? $"step {head.Step} of {all}" : $"step {head.Step}";
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
        var tiles = new List<Html>();
        if (run.Results.LastOrDefault(row => row.IsShare) is { After: { } right } share)
            tiles.Add(Tile("Right answers", share.Before is { } before ? $"{before.Value:P1}" : null, $"{right.Value:P1}", $"{right.Count} held-out questions"));
        if (run.Results.FirstOrDefault(row => row.Name == "mean reward") is { After: { } paid } reward)
            tiles.Add(Tile("Mean reward", reward.Before is { } before ? $"{before.Value:0.000}" : null, $"{paid.Value:0.000}", "held-out, greedy"));
        if (run.Outcomes.TryGetValue(Outcome.Fixed, out int repaired) | run.Outcomes.TryGetValue(Outcome.Broken, out int broken))
            tiles.Add(Tile("Fixed and broken", null, $"+{repaired} −{broken}", "wrong to right, right to wrong"));
        if (run.Series.TryGetValue(Metric.Reward, out Series? sampled) && sampled.Points.Count > 1 && Health.EndsOf(sampled) is var ends)
            tiles.Add(Tile("Reward in training", $"{ends.First:0.00}", $"{ends.Last:0.00}", "first and last steps"));
        if (run.Rollouts > 0)
            tiles.Add(Tile("Rollouts", null, FormattableString.Invariant($"{run.Rollouts:N0}"), "sampled and learned from"));
        return tiles.Count == 0 ? Html.None : Html.Of($"<div class=\"tiles\">{tiles}</div>");
    }

    private static Html Tile(string name, FormattableString? before, FormattableString after, string note) =>
        Tile(name, before is null ? null : FormattableString.Invariant(before), FormattableString.Invariant(after), note);

    private static Html Tile(string name, string? before, string after, string note) => Html.Of(
        $"<div class=\"tile\"><p class=\"name\">{name}</p><p class=\"value\">{(before is null ? Html.None : Html.Of($"<span class=\"was\">{before}</span><span class=\"to\" aria-label=\"to\"> → </span>"))}{after}</p><p class=\"note\">{note}</p></div>");

    private static Html Command(string name, string? command) => command is null ? Html.None
        : Html.Of($"<p class=\"command\"><span>{name}</span><code>{command}</code></p>");
}
