using System.Text.Json;

namespace Vlm.Text;

/// <summary>Reads fields of a tokenizer's files; what is missing or of another kind is said by its name.</summary>
internal static class TokenizerJson
{
    /// <summary>
    /// Ids are below this, 60 times the largest published vocabulary: tables have a row for each, and one id of two
    /// thousand million in a damaged file would ask for 32 GB.
    /// </summary>
    public const int MaxIds = 1 << 24;

    /// <summary>A field, or null where it is absent or null.</summary>
    /// <exception cref="FormatException"><paramref name="json"/> is no object.</exception>
    public static JsonElement? Find(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{Short(json)} stands where an object with {name} belongs");
        return json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A field that must be there.</summary>
    public static JsonElement Field(JsonElement json, string name) =>
        Find(json, name) ?? throw new FormatException($"{Short(json)} has no {name}");

    /// <summary>A text that must be there.</summary>
    public static string Text(JsonElement json, string name) => Text(Field(json, name), of: name, where: json);

    /// <summary>A text; empty where it is absent or null.</summary>
    public static string TextOrNone(JsonElement json, string name) => Find(json, name) is null ? "" : Text(json, name);

    /// <summary>A text.</summary>
    public static string Text(JsonElement value, string of, JsonElement where) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new FormatException($"{of} of {Short(where)} is {Short(value)}, not a text");

    /// <summary>The elements of a list that must be there.</summary>
    public static JsonElement.ArrayEnumerator List(JsonElement json, string name) =>
        Field(json, name) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray()
            : throw new FormatException($"{name} is {Short(Field(json, name))}, not a list");

    /// <summary>The entries of an object.</summary>
    public static JsonElement.ObjectEnumerator Entries(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
            ? json.EnumerateObject()
            : throw new FormatException($"{name} is {Short(json)}, not an object");

    /// <summary>A flag.</summary>
    public static bool Flag(JsonElement json, string name, bool absent) => Find(json, name) is not { } value
        ? absent
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"{name} is {Short(value)}, not true or false"),
        };

    /// <summary>A token's id.</summary>
    public static int Id(JsonElement value, string token) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id is >= 0 and < MaxIds
            ? id
            : throw new FormatException(
                $"the id of token {token} is {Short(value)}, not a whole number from 0 to {MaxIds - 1}");

    private static string Short(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length > 40 ? text[..40] + "..." : text;
    }
}
