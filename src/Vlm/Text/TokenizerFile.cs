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
    Normalization? Normalize,
    PreTokenizer PreTokenizer,
    BytePairEncoder Encoder)
{
    private const string EndOfWordField = "end_of_word_suffix";

    /// <summary>What stands before and after a text that is a whole sequence.</summary>
    public SequenceTemplate Template { get; init; } = SequenceTemplate.None;

    /// <summary>What stands behind the last byte of a word in the vocabulary; empty for nothing.</summary>
    public string EndOfWord { get; init; } = "";

    /// <summary>Reads a tokenizer.json.</summary>
    /// <param name="root">The file.</param>
    /// <param name="others">Added tokens that the folder's other files bring, or say something else about.</param>
    /// <exception cref="NotSupportedException">A tokenizer of another kind.</exception>
    /// <exception cref="FormatException">A field or a token is missing or of another kind.</exception>
    public static TokenizerFile Parse(JsonElement root, IReadOnlyList<AddedToken> others)
    {
        JsonElement model = TokenizerJson.Field(root, "model");
        RefuseOtherKinds(model);

        Dictionary<string, int> vocabulary = ReadVocabulary(TokenizerJson.Field(model, "vocab"), "vocab");
        return new TokenizerFile(
            vocabulary,
            AddedTokenFiles.Merge(vocabulary, AddedTokenFiles.OfTokenizer(root), others),
            Normalizer.Parse(TokenizerJson.Find(root, "normalizer")),
            PreTokenizer.Parse(TokenizerJson.Find(root, "pre_tokenizer")),
            new BytePairEncoder(vocabulary, ReadMerges(model), ReadOptions(model, vocabulary)))
        {
            Template = SequenceTemplate.Parse(TokenizerJson.Find(root, "post_processor")),
            EndOfWord = TokenizerJson.TextOrNone(model, EndOfWordField),
        };
    }

    private static void RefuseOtherKinds(JsonElement model)
    {
        if (TokenizerJson.TextOrNone(model, "type") is { Length: > 0 } type and not "BPE")
            throw new NotSupportedException($"its model type is '{type}'; only BPE is read");
        if (TokenizerJson.Flag(model, "byte_fallback", absent: false))
            throw new NotSupportedException("its model has byte_fallback; only byte-level BPE is read");
        const string Prefix = "continuing_subword_prefix";
        if (TokenizerJson.TextOrNone(model, Prefix) is { Length: > 0 } affix)
            throw new NotSupportedException($"its {Prefix} is '{affix}'; only byte-level BPE is read");
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
        TokenizerJson.Flag(model, "fuse_unk", absent: false),
        TokenizerJson.TextOrNone(model, EndOfWordField));
}
