using System.Text.Json;

namespace Vlm.Text;

/// <summary>The tokens that tokenizer_config.json gives a role.</summary>
internal static class SpecialTokenNames
{
    /// <summary>
    /// Role and token: <c>"eos_token": "&lt;x&gt;"</c> or <c>{"content": "&lt;x&gt;", ...}</c>; extra_special_tokens
    /// holds more of the same in newer folders.
    /// </summary>
    /// <exception cref="FormatException">The file holds no object.</exception>
    public static Dictionary<string, string> Read(JsonElement config)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement? source in (JsonElement?[])[config, TokenizerJson.Find(config, "extra_special_tokens")])
            if (source is { ValueKind: JsonValueKind.Object } tokens)
                foreach (JsonProperty entry in tokens.EnumerateObject())
                    if (entry.Name.EndsWith("_token", StringComparison.Ordinal) && Content(entry.Value) is { } token)
                        named[entry.Name] = token;
        return named;
    }

    /// <summary>A token's text, or null where it is no token.</summary>
    public static string? Content(JsonElement token) => token.ValueKind switch
    {
        JsonValueKind.String => token.GetString(),
        JsonValueKind.Object => token.TryGetProperty("content", out JsonElement inner) ? Content(inner) : null,
        _ => null,
    };
}
