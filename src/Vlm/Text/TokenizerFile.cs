using System.Text.Json;

namespace Vlm.Text;

/// <summary>A tokenizer.json's parts, checked and ready to use.</summary>
/// <param name="Vocabulary">The model's tokens, in byte letters, and their ids.</param>
/// <param name="Added">Tokens that are found before the text is cut.</param>
/// <param name="Normalize">What is done to the text between them; null for nothing.</param>
/// <param name="PreTokenizer">How it is cut.</param>
/// <param name="Encoder">How pieces become ids.</param>
internal sealed record TokenizerFile(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<AddedToken> Added,
    Func<string, string>? Normalize,
    PreTokenizer PreTokenizer,
    BytePairEncoder Encoder)
{
    /// <summary>Reads a tokenizer.json.</summary>
    /// <param name="root">The file.</param>
    /// <param name="others">Added tokens that the folder's other files bring, or say something else about.</param>
    /// <exception cref="NotSupportedException">A tokenizer of another kind.</exception>
    /// <exception cref="FormatException">A field or a token is missing or of another kind.</exception>
    public static TokenizerFile Parse(JsonElement root, IReadOnlyList<AddedToken> others)
    {
        JsonElement model = TokenizerJson.Field(root, "model");
        RefuseOtherKinds(root, model);

        Dictionary<string, int> vocabulary = ReadVocabulary(TokenizerJson.Field(model, "vocab"), "vocab");
        return new TokenizerFile(
            vocabulary,
            AddedTokenFiles.Merge(vocabulary, AddedTokenFiles.OfTokenizer(root), others),
            Normalizer.Parse(TokenizerJson.Find(root, "normalizer")),
            PreTokenizer.Parse(TokenizerJson.Find(root, "pre_tokenizer")),
            new BytePairEncoder(vocabulary, ReadMerges(model), ReadOptions(model, vocabulary)));
    }

    private static void RefuseOtherKinds(JsonElement root, JsonElement model)
    {
        if (TokenizerJson.TextOrNone(model, "type") is { Length: > 0 } type and not "BPE")
            throw new NotSupportedException($"its model type is '{type}'; only BPE is read");
        if (TokenizerJson.Flag(model, "byte_fallback", absent: false))
            throw new NotSupportedException("its model has byte_fallback; only byte-level BPE is read");
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (TokenizerJson.TextOrNone(model, name) is { Length: > 0 } affix)
                throw new NotSupportedException($"its {name} is '{affix}'; only byte-level BPE is read");
        if (TokenizerJson.Find(root, "post_processor") is { } post)
            RefuseOtherProcessors(post);
    }

    // ByteLevel moves offsets alone; the others add start and end tokens, which chat templates write themselves.
    private static void RefuseOtherProcessors(JsonElement post)
    {
        string type = TokenizerJson.Text(post, "type");
        if (type == "Sequence")
            foreach (JsonElement inner in TokenizerJson.List(post, "processors"))
                RefuseOtherProcessors(inner);
        else if (type is not ("ByteLevel" or "TemplateProcessing" or "BertProcessing" or "RobertaProcessing"))
            throw new NotSupportedException($"its post_processor '{type}' is not known here");
    }

    /// <summary>Tokens and their ids.</summary>
    internal static Dictionary<string, int> ReadVocabulary(JsonElement tokens, string name)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in TokenizerJson.Entries(tokens, name))
            vocabulary[entry.Name] = TokenizerJson.Id(entry.Value, entry.Name);
        return vocabulary;
    }

    private static List<(string, string)> ReadMerges(JsonElement model) =>
        [.. TokenizerJson.List(model, "merges").Select(ReadMerge)];

    private static (string, string) ReadMerge(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
            return (TokenizerJson.Text(merge[0], "merge", merge), TokenizerJson.Text(merge[1], "merge", merge));

        return Pair(TokenizerJson.Text(merge, "merges", merge));
    }

    /// <summary>Two tokens in a text, with a space between them.</summary>
    internal static (string Left, string Right) Pair(string pair)
    {
        int space = pair.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            ? (pair[..space], pair[(space + 1)..])
            : throw new FormatException($"merge '{pair}' has no pair");
    }

    private static BytePairOptions ReadOptions(JsonElement model, Dictionary<string, int> vocabulary) => new(
        TokenizerJson.Flag(model, "ignore_merges", absent: false),
        vocabulary.TryGetValue(TokenizerJson.TextOrNone(model, "unk_token"), out int id) ? id : null,
        TokenizerJson.Flag(model, "fuse_unk", absent: false));
}
