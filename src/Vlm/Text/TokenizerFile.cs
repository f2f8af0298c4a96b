using System.Text.Json;

namespace Vlm.Text;

/// <summary>The parts of a tokenizer.json and its tokenizer_config.json, checked and ready to use.</summary>
internal sealed record TokenizerFile(
    Dictionary<string, int> Vocabulary,
    IReadOnlyList<AddedToken> Added,
    Func<string, string> Normalize,
    PreTokenizer PreTokenizer,
    BytePairEncoder Encoder,
    IReadOnlyDictionary<string, string> Named)
{
    /// <summary>Reads both files' texts.</summary>
    /// <exception cref="JsonException">Not JSON.</exception>
    /// <exception cref="NotSupportedException">A tokenizer of another kind.</exception>
    /// <exception cref="KeyNotFoundException">A field or a token is missing.</exception>
    public static TokenizerFile Parse(string tokenizerJson, string? configJson)
    {
        using var document = JsonDocument.Parse(tokenizerJson);
        JsonElement root = document.RootElement;
        JsonElement model = root.GetProperty("model");
        RefuseOtherKinds(root, model);

        Dictionary<string, int> vocabulary = ReadVocabulary(model);
        int? unknown = Text(model, "unk_token") is { } token && vocabulary.TryGetValue(token, out int id) ? id : null;
        bool whole = model.TryGetProperty("ignore_merges", out JsonElement flag) && flag.GetBoolean();
        return new TokenizerFile(
            vocabulary,
            ReadAdded(root),
            Normalizer.Parse(Optional(root, "normalizer")),
            PreTokenizer.Parse(Optional(root, "pre_tokenizer")),
            new BytePairEncoder(vocabulary, ReadMerges(model), whole, unknown),
            configJson is null ? new Dictionary<string, string>() : ReadNamed(configJson));
    }

    private static void RefuseOtherKinds(JsonElement root, JsonElement model)
    {
        if (Text(model, "type") is not (null or "BPE"))
            throw new NotSupportedException($"its model type is '{Text(model, "type")}'; only BPE is read");
        if (Optional(model, "byte_fallback").ValueKind == JsonValueKind.True)
            throw new NotSupportedException("its model has byte_fallback; only byte-level BPE is read");
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(model, name) is { Length: > 0 } affix)
                throw new NotSupportedException($"its {name} is '{affix}'; only byte-level BPE is read");

        JsonElement post = Optional(root, "post_processor");
        if (post.ValueKind == JsonValueKind.Object && Text(post, "type") is not "ByteLevel")
            throw new NotSupportedException($"its post_processor '{Text(post, "type")}' is not known here");
    }

    private static Dictionary<string, int> ReadVocabulary(JsonElement model)
    {
        JsonElement json = model.GetProperty("vocab");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in json.EnumerateObject())
            vocabulary[entry.Name] = entry.Value.GetInt32();
        return vocabulary;
    }

    private static List<(string, string)> ReadMerges(JsonElement model) =>
        [.. model.GetProperty("merges").EnumerateArray().Select(ReadMerge)];

    private static (string, string) ReadMerge(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array)
            return (merge[0].GetString()!, merge[1].GetString()!);

        string pair = merge.GetString()!;
        int space = pair.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            ? (pair[..space], pair[(space + 1)..])
            : throw new FormatException($"merge '{pair}' has no pair");
    }

    private static List<AddedToken> ReadAdded(JsonElement root)
    {
        JsonElement added = Optional(root, "added_tokens");
        if (added.ValueKind != JsonValueKind.Array)
            return [];

        static bool Flag(JsonElement token, string name) =>
            Optional(token, name).ValueKind == JsonValueKind.True;

        return [.. added.EnumerateArray().Select(token => new AddedToken(
            token.GetProperty("id").GetInt32(),
            token.GetProperty("content").GetString()!,
            Flag(token, "special"), Flag(token, "single_word"), Flag(token, "lstrip"), Flag(token, "rstrip")))];
    }

    // "eos_token": "<x>" or {"content": "<x>", ...}; extra_special_tokens holds more of the same in newer folders.
    public static Dictionary<string, string> ReadNamed(string configJson)
    {
        using var document = JsonDocument.Parse(configJson);
        JsonElement root = document.RootElement;
        JsonElement extra = Optional(root, "extra_special_tokens");
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement source in (JsonElement[])[root, extra])
            if (source.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty entry in source.EnumerateObject())
                    if (entry.Name.EndsWith("_token", StringComparison.Ordinal)
                        && Text(source, entry.Name) is { } token)
                        named[entry.Name] = token;
        return named;
    }

    private static string? Text(JsonElement json, string name)
    {
        JsonElement value = Optional(json, name);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object => Text(value, "content"),
            _ => null,
        };
    }

    private static JsonElement Optional(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value : default;
}
