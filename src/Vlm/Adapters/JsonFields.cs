using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Adapters;

/// <summary>Fields of a JSON file, each read as what it must be. A field that is absent or null is null.</summary>
internal sealed class JsonFields(JsonObject json, string file)
{
    public double? Number(string key) => json[key] is not { } value ? null : ToNumber(value, key);

    public bool Flag(string key) => json[key] switch
    {
        null => false,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        _ => throw Wrong(key, "true or false"),
    };

    public string? Text(string key) => json[key] is not { } value ? null : ToText(value, key);

    /// <summary>A list of texts; one text is a list of one.</summary>
    public IReadOnlyList<string>? Words(string key) => json[key] switch
    {
        null => null,
        JsonArray array => [.. array.Select(item => ToText(item, key))],
        JsonNode one => [ToText(one, key)],
    };

    /// <summary>A list of whole numbers; one number is a list of one.</summary>
    public IReadOnlyList<int>? Whole(string key) => json[key] switch
    {
        null => null,
        JsonArray array => [.. array.Select(item => (int)ToNumber(item, key))],
        JsonNode one => [(int)ToNumber(one, key)],
    };

    public Dictionary<string, double> Numbers(string key) => json[key] switch
    {
        null => [],
        JsonObject fields => fields.ToDictionary(item => item.Key, item => ToNumber(item.Value, key)),
        _ => throw Wrong(key, "an object of numbers"),
    };

    /// <summary>A list of endings, an expression, or the word for every linear layer.</summary>
    public ModulePattern? Pattern(string key) => json[key] switch
    {
        null or JsonArray { Count: 0 } => null,
        JsonArray => ModulePattern.Named(Words(key)!),
        JsonNode one => ToText(one, key) is var text && text == ModulePattern.Every.Word
            ? ModulePattern.AllLinear : ModulePattern.Matching(text, file),
    };

    private double ToNumber(JsonNode? value, string key) =>
        value?.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : throw Wrong(key, "a number");

    private string ToText(JsonNode? value, string key) =>
        value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : throw Wrong(key, "a text");

    private UsageException Wrong(string key, string kind) => new(
        $"\"{key}\" is {json[key]!.ToJsonString()}, and must be {kind}", file, "download the file again");
}
