using System.Text.Json;

namespace Vlm.Grpo.Reports;

/// <summary>metrics.jsonl as a series for each metric, and what happened on the way.</summary>
internal static class SeriesReader
{
    /// <summary>Every metric of a run.</summary>
    /// <param name="folder">The run's folder; without a file there are none.</param>
    /// <returns>By name, and the last step.</returns>
    public static (IReadOnlyDictionary<string, Series> Series, long Last) Read(string folder)
    {
        var found = new Dictionary<string, List<(long, double)>>(StringComparer.Ordinal);
        long last = 0;
        foreach (JsonElement line in Lines(Path.Combine(folder, RunFolder.Metrics)))
        {
            last = line.GetProperty("step").GetInt64();
            foreach (JsonProperty metric in line.EnumerateObject())
                if (metric.Name != "step" && metric.Value.ValueKind == JsonValueKind.Number)
                    Of(metric.Name).Add((last, metric.Value.GetDouble()));
        }

        return (found.ToDictionary(one => one.Key, one => new Series(one.Key, one.Value)), last);

        List<(long, double)> Of(string name) => found.TryGetValue(name, out List<(long, double)>? series) ? series : found[name] = [];
    }

    /// <summary>Checkpoints that were saved and places from which the run went on, each once.</summary>
    public static IReadOnlyList<Mark> Marks(string folder)
    {
        IEnumerable<Mark> said = RunEvents.Read(folder)
            .Where(line => (string?)line["event"] is RunEvents.Checkpoint or RunEvents.Resumed)
            .Select(line => new Mark((long)line["step"]!, (string?)line["event"] == RunEvents.Resumed));
        return [.. said.Concat(Checkpoints.All(folder).Select(saved => new Mark(saved.Step, IsResume: false))).Distinct()
            .OrderBy(mark => mark.Step).ThenBy(mark => mark.IsResume)];
    }

    // A run that goes on may be in the middle of its last line; so may one that was killed.
    private static IEnumerable<JsonElement> Lines(string path)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        for (string? line = reader.ReadLine(), next = null; line is not null; line = next)
        {
            next = reader.ReadLine();
            if (next is not null || line.EndsWith('}'))
                yield return JsonSerializer.Deserialize<JsonElement>(line);
        }
    }
}
