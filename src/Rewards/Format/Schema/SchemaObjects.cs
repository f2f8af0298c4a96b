using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>Keywords of objects; other values pass.</summary>
internal static class SchemaObjects
{
    public static SchemaCheck Properties(Dictionary<string, SchemaNode> nodes) => (value, budget) =>
    {
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty property in value.EnumerateObject())
            if (nodes.TryGetValue(property.Name, out SchemaNode? node) && node.Problem(property.Value, budget) is { } problem)
                return In(property.Name, problem);
        return null;
    };

    public static SchemaCheck Additional(SchemaNode others, HashSet<string> known) => (value, budget) =>
    {
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty property in value.EnumerateObject())
            if (!known.Contains(property.Name) && others.Problem(property.Value, budget) is { } problem)
                return In(property.Name, problem);
        return null;
    };

    public static SchemaCheck Required(string[] names) => (value, _) => value.ValueKind != JsonValueKind.Object ? null
        : Array.Find(names, name => !value.TryGetProperty(name, out JsonElement _)) is { } missing ? $"no {missing}" : null;

    public static SchemaCheck Least(int count) => (value, _) =>
        value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() < count ? $"fewer than {count} properties" : null;

    public static SchemaCheck Most(int count) => (value, _) =>
        value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() > count ? $"more than {count} properties" : null;

    private static string In(string name, string problem) => $"{NormalizedMatch.Short(name)}: {problem}";
}
