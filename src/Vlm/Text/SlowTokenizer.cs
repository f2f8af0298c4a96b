namespace Vlm.Text;

/// <summary>
/// A tokenizer without tokenizer.json: vocab.json with the tokens, merges.txt with the pairs, and how text is cut from the
/// tokenizer's class, as transformers converts it.
/// </summary>
internal static class SlowTokenizer
{
    private const string Vocabulary = "vocab.json", Merges = "merges.txt", Config = "tokenizer_config.json", Class = "tokenizer_class";

    private const string Convert =
        "in Python, AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER), which writes tokenizer.json";

    /// <summary>Reads a folder's files.</summary>
    /// <param name="folder">Without tokenizer.json.</param>
    /// <param name="others">Added tokens of the other files.</param>
    /// <exception cref="UsageException">A file is missing or broken, or the class is another.</exception>
    public static TokenizerFile Read(string folder, IReadOnlyList<AddedToken> others)
    {
        TokenizerSource vocabulary = TokenizerSource.Find(folder, Vocabulary) ?? throw Missing(folder);
        TokenizerSource merges = TokenizerSource.Find(folder, Merges) ?? throw Missing(folder);
        (PreTokenizer pieces, bool composed) = Cutting(folder);
        Dictionary<string, int> ids = vocabulary.Read(root => TokenizerFile.ReadVocabulary(root, Vocabulary), what: "vocabulary", fix: "the vocab.json as its authors wrote it");
        return merges.Check(text => new TokenizerFile(
            ids, AddedTokenFiles.Merge(ids, [], others), composed ? Normalizer.Nfc() : null, pieces,
            new BytePairEncoder(ids, [.. Pairs(text)], new BytePairOptions())));
    }

    // By the class, or where none is named by the model's type.
    private static (PreTokenizer Pieces, bool Composed) Cutting(string folder)
    {
        TokenizerSource? config = TokenizerSource.Find(folder, Config), model = TokenizerSource.Find(folder, "config.json");
        string name = config?.Read(root => TokenizerJson.TextOrNone(root, Class)) is { Length: > 0 } given ? given
            : model?.Read(root => TokenizerJson.TextOrNone(root, "model_type")).StartsWith("qwen", StringComparison.Ordinal) == true
                ? "Qwen2Tokenizer" : "";
        bool space = config?.Read(root => TokenizerJson.Flag(root, "add_prefix_space", absent: false)) ?? false;
        return (name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name) switch
        {
            "Qwen2Tokenizer" => (PreTokenizer.Words(PieceScanners.Qwen2, space), true),
            "GPT2Tokenizer" => (PreTokenizer.Words(PieceScanners.Gpt2, space), false),
            "" => throw new UsageException($"there is no tokenizer.json, and {Config} names no {Class}", folder, Convert),
            _ => throw new UsageException(
                $"there is no tokenizer.json, and how a {name} cuts text is not known here (known: Qwen2Tokenizer, GPT2Tokenizer)",
                folder, Convert),
        };
    }

    // "a b" a line, after a line with the version.
    private static IEnumerable<(string, string)> Pairs(string text) => text.Split('\n')
        .Select(line => line.TrimEnd('\r'))
        .Where((line, i) => line.Length > 0 && !(i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
        .Select(TokenizerFile.Pair);

    private static UsageException Missing(string folder) => File.Exists(Path.Combine(folder, "tokenizer.model"))
        ? new("there is no tokenizer.json, and tokenizer.model is SentencePiece's, which is not read", folder, Convert)
        : new($"there is no tokenizer.json, nor {Vocabulary} with {Merges}", folder, "a folder as Hugging Face checkpoints have it");
}
