using System.Text;
using EncodeSettings = Microsoft.ML.Tokenizers.EncodeSettings;

namespace Vlm.Text;

/// <summary>
/// A byte-level BPE tokenizer, driven by a checkpoint's <c>tokenizer.json</c>: text to token ids and back. Adds start and
/// end tokens where <see cref="EncodeSequence"/> is asked, and nowhere else. Safe to use from several threads. It is a
/// <see cref="Microsoft.ML.Tokenizers.Tokenizer"/>, so that whatever takes that takes this.
/// </summary>
public sealed partial class Tokenizer : Microsoft.ML.Tokenizers.Tokenizer
{
    private static readonly EncodeSettings s_whole =
        new() { ConsiderNormalization = true, ConsiderPreTokenization = true };

    private readonly TextEncoder _encoder;
    private readonly SequenceTemplate _template;
    private readonly BytePairEncoder _model;
    private readonly Dictionary<string, int> _ids;
    private readonly IReadOnlyDictionary<string, string> _named;
    private readonly string?[] _tokens;
    private readonly byte[][] _bytes;
    private readonly HashSet<int> _special;

    private Tokenizer(TokenizerFile file, IReadOnlyDictionary<string, string> named)
    {
        (_encoder, _model, _template, _named) = (new TextEncoder(file), file.Encoder, file.Template, named);
        _ids = new Dictionary<string, int>(file.Vocabulary, StringComparer.Ordinal);
        foreach (AddedToken token in file.Added)
            _ids[token.Content] = token.Id;
        _special = [.. file.Added.Where(token => token.Special).Select(token => token.Id)];

        VocabularySize = _ids.Count == 0 ? 0 : _ids.Values.Max() + 1;
        _tokens = new string?[VocabularySize];
        foreach (var (token, id) in _ids)
            _tokens[id] = token;
        _bytes = [.. _tokens.Select(token => token is null ? [] : ByteAlphabet.BytesOf(Spaced(token, file)))];
        _pieces = new PreTokenizerView(_encoder);
        _normal = _encoder.Normalizes ? new NormalizerView(_encoder) : null;
    }

    /// <summary>The highest id plus one. A model's embedding may have more rows, which stand for no text.</summary>
    public int VocabularySize { get; }

    /// <summary>Ids of special tokens, which decoding can leave out.</summary>
    public IReadOnlySet<int> SpecialIds => _special;

    /// <summary>The id of tokenizer_config.json's bos_token, or null.</summary>
    public int? BosId => NamedId("bos_token");

    /// <summary>The id of tokenizer_config.json's eos_token, or null.</summary>
    public int? EosId => NamedId("eos_token");

    /// <summary>The id of tokenizer_config.json's pad_token, or null.</summary>
    public int? PadId => NamedId("pad_token");

    /// <summary>
    /// Reads a folder's <c>tokenizer.json</c>, or the older <c>vocab.json</c> with <c>merges.txt</c>; and where they are there,
    /// the added tokens and the names of <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and
    /// <c>added_tokens.json</c>.
    /// </summary>
    /// <exception cref="UsageException">A file is missing, not JSON, or of a tokenizer of another kind.</exception>
    public static Tokenizer FromFolder(string folder)
    {
        var files = TokenizerFiles.Of(folder);
        return TokenizerSource.Find(folder, "tokenizer.json") is { } whole ? Build(whole, files)
            : new Tokenizer(SlowTokenizer.Read(folder, files.Added()), files.Named());
    }

    /// <summary>Reads the text of a tokenizer.json and, optionally, of a tokenizer_config.json.</summary>
    /// <param name="tokenizerJson">The text of tokenizer.json.</param>
    /// <param name="configJson">The text of tokenizer_config.json, which names the special tokens; or null.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">The text is not JSON, or is a tokenizer of another kind.</exception>
    public static Tokenizer Parse(string tokenizerJson, string? configJson, string where) => Build(
        new TokenizerSource(tokenizerJson, where),
        new TokenizerFiles(configJson is null ? null : new TokenizerSource(configJson, where), Map: null, Ids: null));

    /// <summary>The token ids of a text; added tokens in it are recognised.</summary>
    public int[] Encode(string text) => Encode(text.AsSpan());

    /// <summary>The token ids of a text; added tokens in it are recognised.</summary>
    public int[] Encode(ReadOnlySpan<char> text)
    {
        var tokens = new TokenList((text.Length / 3) + 4);
        _encoder.Encode(text, s_whole, tokens);
        return [.. tokens.Ids];
    }

    /// <summary>
    /// The token ids of a text that is a whole sequence: with the start and end tokens of tokenizer.json's
    /// <c>post_processor</c>, as transformers' <c>add_special_tokens</c> gives them.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="mostTokens">Longer ones lose ids at the end of the text, and keep those that stand around it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for the tokens around the text.</exception>
    public int[] EncodeSequence(string text, int mostTokens = int.MaxValue)
    {
        int room = mostTokens - _template.Before.Count - _template.After.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(room, nameof(mostTokens));
        return [.. _template.Before, .. Encode(text).Take(room), .. _template.After];
    }

    /// <summary>
    /// The text of token ids. Bytes that are no UTF-8 become U+FFFD; ids outside the vocabulary stand for nothing.
    /// </summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>(ids.Length * 4);
        foreach (int id in ids)
            bytes.AddRange(BytesOf(id, skipSpecial));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Decodes ids one by one, as they are sampled.</summary>
    public TokenStream Stream(bool skipSpecial = false) => new(this, skipSpecial);

    /// <summary>The id of a token, written as in the vocabulary (added tokens as they are), or null.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token of an id, written as in the vocabulary, or null for an id that has none.</summary>
    internal string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>
    /// The token that tokenizer_config.json gives a name ("eos_token", "image_token" ...), at its top or under
    /// <c>extra_special_tokens</c>; or null.
    /// </summary>
    public string? Named(string name) => _named.GetValueOrDefault(name);

    /// <summary>The pieces of a text without regard to added tokens, each in byte letters: what BPE works on.</summary>
    internal string[] Pieces(string text) => _encoder.Letters(text);

    /// <summary>Pieces whose ids are remembered.</summary>
    internal int CachedPieces => _model.CachedCount;

    /// <summary>The bytes an id stands for.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial) =>
        (uint)id >= (uint)_bytes.Length || (skipSpecial && _special.Contains(id)) ? [] : _bytes[id];

    private static Tokenizer Build(TokenizerSource tokenizer, TokenizerFiles files)
    {
        (IReadOnlyList<AddedToken> added, Dictionary<string, string> named) = (files.Added(), files.Named());
        return tokenizer.Read(root => new Tokenizer(TokenizerFile.Parse(root, added), named),
            what: "tokenizer", fix: "a byte-level BPE tokenizer.json as its authors wrote it");
    }

    // Words that end in their last token have no space after it in the vocabulary; transformers puts it there.
    private static string Spaced(string token, TokenizerFile file) =>
        file.EndOfWord.Length > 0 && token.EndsWith(file.EndOfWord, StringComparison.Ordinal) && file.Vocabulary.ContainsKey(token)
            ? token[..^file.EndOfWord.Length] + ByteAlphabet.LetterOf((byte)' ') : token;

    private int? NamedId(string name) => Named(name) is { } token ? IdOf(token) : null;
}
