using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>Keywords of arrays; other values pass.</summary>
internal static class SchemaArrays
{
    public static SchemaCheck Items(SchemaNode node, int from) => (value, budget) => Each(value, from, (item, _) => node.Problem(item, budget));

    public static SchemaCheck First(SchemaNode[] nodes) => (value, budget) =>
        Each(value, 0, (item, i) => i < nodes.Length ? nodes[i].Problem(item, budget) : null);

    public static SchemaCheck Least(int count) => (value, _) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() < count ? $"fewer than {count} items" : null;

    public static SchemaCheck Most(int count) => (value, _) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > count ? $"more than {count} items" : null;

    public static SchemaCheck Unique(bool on) => (value, _) =>
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return on ? Each(value, 0, (item, _) => seen.Add(SchemaValue.Canonical(item)) ? null : "an item twice") : null;
    };

    private static string? Each(JsonElement value, int from, Func<JsonElement, int, string?> check)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return null;
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (i >= from && check(item, i) is { } problem)
                return $"item {i}: {problem}";
            i++;
        }

        return null;
    }
}
