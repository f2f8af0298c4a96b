using System.Globalization;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>What a folder says of its tokens beside tokenizer.json, or vocab.json and merges.txt; null where a file is absent.</summary>
/// <param name="Config">tokenizer_config.json.</param>
/// <param name="Map">special_tokens_map.json, of older folders.</param>
/// <param name="Ids">added_tokens.json, of older folders.</param>
internal sealed record TokenizerFiles(TokenizerSource? Config, TokenizerSource? Map, TokenizerSource? Ids)
{
    /// <summary>A folder's.</summary>
    /// <exception cref="UsageException">A file cannot be read.</exception>
    public static TokenizerFiles Of(string folder) => new(
        TokenizerSource.Find(folder, "tokenizer_config.json"), TokenizerSource.Find(folder, "special_tokens_map.json"),
        TokenizerSource.Find(folder, "added_tokens.json"));

    /// <summary>Role and token, such as eos_token; tokenizer_config.json's before those of the older file.</summary>
    /// <exception cref="UsageException">A file is no JSON object.</exception>
    public Dictionary<string, string> Named()
    {
        Dictionary<string, string> named = Config?.Read(SpecialTokenNames.Read) ?? [];
        foreach ((string role, string token) in Map?.Read(SpecialTokenNames.Read) ?? [])
            named.TryAdd(role, token);
        return named;
    }

    /// <summary>Added tokens: tokenizer_config.json's, or where it lists none those of added_tokens.json.</summary>
    /// <exception cref="UsageException">A file is no JSON object, or a token is not as it must be.</exception>
    public IReadOnlyList<AddedToken> Added()
    {
        HashSet<string> special = [.. Special(Config), .. Special(Map)];
        return Config?.Read(AddedTokenFiles.OfConfig)
            ?? Ids?.Read(root => AddedTokenFiles.OfAddedTokens(root, special)) ?? [];
    }

    private static IReadOnlySet<string> Special(TokenizerSource? file) =>
        file?.Read(AddedTokenFiles.SpecialNames) ?? new HashSet<string>();
}

/// <summary>
/// The files of a folder that bring added tokens, put together as transformers' AutoTokenizer does: tokenizer.json's
/// own, then tokenizer_config.json's <c>added_tokens_decoder</c>, whose flags win; where that is absent, tokens of
/// added_tokens.json that tokenizer.json does not have.
/// </summary>
internal static class AddedTokenFiles
{
    /// <summary>tokenizer.json's own.</summary>
    public static List<AddedToken> OfTokenizer(JsonElement root) =>
        TokenizerJson.Find(root, "added_tokens") is null
            ? []
            : [.. TokenizerJson.List(root, "added_tokens").Select(token =>
                Read(token, TokenizerJson.Id(TokenizerJson.Field(token, "id"), Content(token)), special: false))];

    /// <summary>Those of tokenizer_config.json; null where it does not list any.</summary>
    public static List<AddedToken>? OfConfig(JsonElement config)
    {
        if (TokenizerJson.Find(config, "added_tokens_decoder") is not { } listed)
            return null;
        IReadOnlySet<string> special = SpecialNames(config);
        return [.. TokenizerJson.Entries(listed, "added_tokens_decoder")
            .Select(entry => Read(entry.Value, IdOf(entry), special.Contains(Content(entry.Value))))
            .OrderBy(token => token.Id)];
    }

    /// <summary>Those of added_tokens.json, which lists ids alone.</summary>
    public static List<AddedToken> OfAddedTokens(JsonElement root, IReadOnlySet<string> special) =>
        [.. TokenizerJson.Entries(root, "the file").Select(entry => new AddedToken(
            TokenizerJson.Id(entry.Value, entry.Name), entry.Name, special.Contains(entry.Name),
            Normalized: !special.Contains(entry.Name)))];

    /// <summary>The tokens that tokenizer_config.json calls special, whatever their role.</summary>
    public static IReadOnlySet<string> SpecialNames(JsonElement config)
    {
        var names = new HashSet<string>(SpecialTokenNames.Read(config).Values, StringComparer.Ordinal);
        foreach (string list in (string[])["additional_special_tokens", "extra_special_tokens"])
            if (TokenizerJson.Find(config, list) is { ValueKind: JsonValueKind.Array } tokens)
                names.UnionWith(tokens.EnumerateArray().Select(SpecialTokenNames.Content).OfType<string>());
        return names;
    }

    /// <summary>
    /// One list. A token that the vocabulary has, has the vocabulary's id, as in Hugging Face tokenizers.
    /// </summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="own">tokenizer.json's added tokens.</param>
    /// <param name="others">Those of the other files: their flags win, their ids do not.</param>
    /// <exception cref="FormatException">Two tokens have one id.</exception>
    public static IReadOnlyList<AddedToken> Merge(
        Dictionary<string, int> vocabulary, IEnumerable<AddedToken> own, IEnumerable<AddedToken> others)
    {
        var merged = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        var takenBy = new Dictionary<int, string>();
        foreach (var (token, id) in vocabulary)
            takenBy[id] = token;

        foreach (AddedToken token in own.Concat(others).Where(token => token.Content.Length > 0))
        {
            int id = merged.TryGetValue(token.Content, out AddedToken? known) ? known.Id
                : vocabulary.TryGetValue(token.Content, out int there) ? there
                : token.Id;
            if (known is null && takenBy.TryGetValue(id, out string? taken) && taken != token.Content)
                throw new FormatException($"token {token.Content} has the id {id}, which is that of {taken}");
            merged[token.Content] = token with { Id = id };
            takenBy[id] = token.Content;
        }

        return [.. merged.Values];
    }

    private static AddedToken Read(JsonElement token, int id, bool special)
    {
        special |= TokenizerJson.Flag(token, "special", absent: false);
        return new AddedToken(id, Content(token), special,
            TokenizerJson.Flag(token, "single_word", absent: false),
            TokenizerJson.Flag(token, "lstrip", absent: false),
            TokenizerJson.Flag(token, "rstrip", absent: false),
            TokenizerJson.Flag(token, "normalized", absent: !special));
    }

    private static string Content(JsonElement token) => TokenizerJson.Text(token, "content");

    private static int IdOf(JsonProperty entry) =>
        int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && id < TokenizerJson.MaxIds
            ? id
            : throw new FormatException($"added_tokens_decoder has the id {entry.Name}, which is none");
}
