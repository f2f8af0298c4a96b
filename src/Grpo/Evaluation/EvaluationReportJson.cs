using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>A report as flat JSON, whatever names the serializer gives to properties elsewhere.</summary>
internal sealed class EvaluationReportJson : JsonConverter<EvaluationReport>
{
    private const string Questions = "questions", Truncated = "truncated", Kinds = "kinds", Kind = "kind", Count = "count",
        Counts = "counts";

    private static readonly string[] s_parts = [Questions, Truncated, Kinds, Kind, Count, Counts];

    /// <inheritdoc/>
    public override EvaluationReport Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonObject report = Named(JsonNode.Parse(ref reader)!.AsObject());
        int questions = (int)report[Questions]!;
        return new(Metrics(report, questions), (int)report[Truncated]!,
        [
            .. report[Kinds]!.AsArray().Select(kind => Named(kind!.AsObject()))
                .Select(kind => new KindReport((string)kind[Kind]!, Metrics(kind, (int)kind[Count]!))),
        ]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EvaluationReport value, JsonSerializerOptions options)
    {
        JsonObject report = Flat(value.Metrics, value.Questions, [.. TruthKind.Table.SelectMany(kind => kind.Metrics)
            .Select(metric => metric.Name).Distinct()]);
        report.Add(Questions, value.Questions);
        report.Add(Truncated, value.Truncated);
        report.Add(Kinds, new JsonArray([.. value.Kinds.Select(Flat)]));
        report.WriteTo(writer, options);
    }

    private static JsonObject Flat(KindReport kind)
    {
        JsonObject flat = Flat(kind.Metrics, kind.Count, []);
        flat.Insert(0, Kind, kind.Kind);
        flat.Insert(1, Count, kind.Count);
        return flat;
    }

    // Metrics that reports usually have are there with null where no answer has them.
    private static JsonObject Flat(IReadOnlyDictionary<string, MetricMean> metrics, int all, IReadOnlyList<string> usual)
    {
        var flat = new JsonObject();
        foreach (string name in usual.Union(metrics.Keys))
            flat.Add(name, metrics.TryGetValue(name, out MetricMean mean) && double.IsFinite(mean.Value) ? mean.Value : null);
        var counts = new JsonObject(metrics.Where(pair => pair.Value.Count != all)
            .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.Count)));
        if (counts.Count > 0)
            flat.Add(Counts, counts);
        return flat;
    }

    private static SortedDictionary<string, MetricMean> Metrics(JsonObject flat, int all)
    {
        var metrics = new SortedDictionary<string, MetricMean>(StringComparer.Ordinal);
        JsonObject? counts = flat[Counts]?.AsObject();
        foreach ((string name, JsonNode? value) in flat.Where(pair => !s_parts.Contains(pair.Key)))
            if (value is not null)
                metrics.Add(name, new((double)value, counts?[name] is { } count ? (int)count : all));
        return metrics;
    }

    // Files of earlier versions, and serializers with other settings, write VqaAccuracy.
    private static JsonObject Named(JsonObject given) => new(given.Select(pair =>
        KeyValuePair.Create(
            char.IsUpper(pair.Key[0]) ? JsonNamingPolicy.SnakeCaseLower.ConvertName(pair.Key) : pair.Key,
            pair.Value?.DeepClone())));
}
