using System.Text.Json.Nodes;

namespace Vlm.Grpo.Reports;

/// <summary>The methods that a run compared, from result.json.</summary>
internal static class MethodReader
{
    /// <summary>A row for each method; none where a run compared nothing.</summary>
    public static IReadOnlyList<MethodRow> Read(string folder)
    {
        JsonObject? result = HeadReader.Json(Path.Combine(folder, RunFolder.Result));
        Dictionary<string, JsonObject> diagnoses = Objects(result?["diagnoses"]).Where(one => one["phase"] is not null)
            .GroupBy(one => one["phase"]!.ToString()).ToDictionary(same => same.Key, same => same.Last());
        return [.. Objects(result?["rows"]).Where(row => row["method"] is not null && row["greedy"] is not null).Select(row =>
        {
            string name = row["method"]!.ToString();
            JsonObject? diagnosis = diagnoses.GetValueOrDefault(name);
            return new MethodRow(name, Number(row["greedy"]!["reward"]), Number(row["sampled"]?["reward"]), Number(row["best_of_group"]),
                Number(row["nats_per_answer"]), Number(row["trainable_parameters"]), Number(row["cpu_seconds"]),
                [.. Objects(diagnosis?["frontier"]).Select(at => (Number(at["nats"]), Number(at["reward"])))
                    .Where(at => double.IsFinite(at.Item1) && double.IsFinite(at.Item2)).OrderBy(at => at.Item1)],
                Kept(diagnosis?["effects"]?["all"]));
        })];
    }

    // What codes keep of tokens; null for a policy over tokens.
    private static KeptEffects? Kept(JsonNode? all) => all is null ? null : new(
        Number(all["representation_gap"]), Number(all["cloning_gap"]), Number(all["agreement"]), Number(all["best_agreement"]),
        Number(all["coverage"]), Number(all["reachable"]));

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static double Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out double number) ? number : double.NaN;
}
