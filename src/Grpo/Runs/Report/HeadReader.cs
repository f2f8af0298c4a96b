using System.Globalization;
using System.Text.Json.Nodes;

namespace Vlm.Grpo.Reports;

/// <summary>What a run is, from options.json, events.jsonl and result.json.</summary>
internal static class HeadReader
{
    /// <summary>Reads the head.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">The last step that was logged.</param>
    public static RunHead Read(string folder, long step)
    {
        JsonObject? options = RunFolder.ReadOptions(folder), result = Json(Path.Combine(folder, RunFolder.Result));
        IReadOnlyList<JsonObject> events = RunEvents.Read(folder);
        JsonObject? opened = events.LastOrDefault(line => Is(line, RunEvents.Started, RunEvents.Resumed));
        RunState state = StateOf(folder, events, result is not null);
        string recipe = Text(options?["recipe"]) ?? Text(result?["recipe"]) ?? Path.GetFileName(Path.GetFullPath(folder));
        string? first = Text(events.FirstOrDefault(line => Is(line, RunEvents.Started))?["command"]) ?? Text(result?["command"]);
        long? saved = Checkpoints.Latest(folder)?.Step;
        return new(recipe, state, step, long.TryParse(Option("steps"), out long steps) ? steps : null, [.. Facts()], first,
            state is RunState.Finished or RunState.Running ? null
                : saved is null ? first : $"./vlm {recipe} --resume --out {folder}");

        IEnumerable<Fact> Facts()
        {
            foreach ((string name, string option) in new[] { ("Data", "data"), ("Held-out data", "eval") })
                if (Values(options?["options"]?[option]?["value"]) is { Count: > 0 } files)
                    yield return new(name, files);
            foreach ((string name, string? value) in new (string, string?)[]
            {
                ("Model", Option("model")), ("Reward", Option("reward")),
                ("Learning rate", Option("learning-rate")),
                ("Prompts and group size", Option("group-size") is { } group ? $"{Option("prompts-per-step")} x {group}" : null),
                ("Seed", Text(opened?["seed"]) ?? Text(result?["seed"]) ?? Option("seed")),
                ("Commit", Commit(Text(opened?["commit"]) ?? Text(result?["commit"]))),
                ("Machine", Text(opened?["device"]) ?? Text(result?["device"])),
                ("Began", Text(events.Count > 0 ? events[0]["time"] : null)),
                ("Took", result is not null && state == RunState.Finished ? Duration((double?)result["seconds"]) : null),
                ("Folder", folder),
            })
                if (!string.IsNullOrEmpty(value))
                    yield return new(name, [value]);
        }

        string? Option(string name) => Value(options?["options"]?[name]?["value"]);
    }

    /// <summary>What became of a run: what it said last, or else whether a process holds its folder.</summary>
    internal static RunState StateOf(string folder, IReadOnlyList<JsonObject> events, bool hasResult)
    {
        if (events.Count == 0 && hasResult || events.Count > 0 && Is(events[^1], RunEvents.Finished))
            return RunState.Finished;
        if (RunFolder.IsHeld(folder))
            return RunState.Running;
        return events.Count == 0 ? RunState.Killed
            : Is(events[^1], RunEvents.Stopped) ? RunState.Stopped : Is(events[^1], RunEvents.Ended) ? RunState.Ended : RunState.Killed;
    }

    /// <summary>Seconds as people say them: "2 h 05 min", "3 min 07 s", "4.2 s".</summary>
    internal static string? Duration(double? seconds) => seconds is not { } all ? null : TimeSpan.FromSeconds(all) switch
    {
        { TotalHours: >= 1 } time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min"),
        { TotalMinutes: >= 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{all:0.0} s"),
    };

    /// <summary>The object of a file; null where there is no file.</summary>
    /// <remarks>And where it says null: a run without held-out questions has no score before.</remarks>
    internal static JsonObject? Json(string path) => File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))?.AsObject() : null;

    // Twelve digits tell a commit from all others.
    private static string? Commit(string? whole) => whole is { Length: >= 40 } ? whole[..12] + whole[40..] : whole;

    private static bool Is(JsonObject line, params string[] names) => names.Contains(Text(line["event"]));

    private static string? Text(JsonNode? node) => node?.ToString();

    private static string? Value(JsonNode? node) => Values(node) is { Count: > 0 } all ? string.Join(' ', all) : null;

    private static IReadOnlyList<string> Values(JsonNode? node) =>
        [.. (node is JsonArray many ? many.Select(Text) : [Text(node)]).Where(one => !string.IsNullOrEmpty(one)).Select(one => one!)];
}
