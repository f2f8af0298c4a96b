using System.Text.Json;
using Vlm.Checkpoints;

namespace Vlm.Text;

/// <summary>Where a checkpoint's folder keeps its chat template.</summary>
internal static class ChatTemplateFile
{
    /// <summary>The template and the file it is in; null where the folder has none.</summary>
    /// <exception cref="UsageException">A file is not JSON.</exception>
    public static (string Source, string File)? Find(string folder)
    {
        string jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja))
            return (HubFile.ReadText(jinja), jinja);

        foreach (string name in (string[])["chat_template.json", "tokenizer_config.json"])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && Source(path, HubFile.ReadText(path)) is { } source)
                return (source, path);
        }

        return null;
    }

    /// <summary>What is said of a folder whose templates all have names, and none of them is "default"; null of others.</summary>
    public static string? NamedOtherwise(string folder) => TokenizerSource.Find(folder, "tokenizer_config.json") is { } config
        && config.Read(root => TokenizerJson.Find(root, "chat_template") is { ValueKind: JsonValueKind.Array } list
            ? string.Join(", ", list.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object).Select(entry => Entry(entry, "name")))
            : "") is { Length: > 0 } names ? $"{config.Where}: of the chat templates {names} none is \"default\"" : null;

    /// <summary>The special tokens that the tokenizer's files name: bos_token, eos_token, pad_token ...</summary>
    public static Dictionary<string, string> SpecialTokens(string folder) => TokenizerFiles.Of(folder).Named();

    private static string? Source(string path, string json) => Read(path, () =>
    {
        using var document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("chat_template", out JsonElement found)
            ? Text(found)
            : null;
    });

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException e)
        {
            throw new UsageException($"the file is not JSON: {e.Message}", path, "the file as its authors wrote it");
        }
    }

    // A text, a list of {"name", "template"} of which "default" counts, or a table with such an entry.
    private static string? Text(JsonElement template) => template.ValueKind switch
    {
        JsonValueKind.String => template.GetString(),
        JsonValueKind.Array => template.EnumerateArray()
            .Where(entry => entry.ValueKind == JsonValueKind.Object && Entry(entry, "name") == "default")
            .Select(entry => Entry(entry, "template")).FirstOrDefault(),
        JsonValueKind.Object => Entry(template, "default"),
        _ => null,
    };

    private static string? Entry(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
