using System.Text;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>
/// A byte-level BPE tokenizer, driven by a checkpoint's <c>tokenizer.json</c>: text to token ids and back. Never adds a
/// start or end token of its own. Safe to use from several threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerFile _file;
    private readonly AddedTokens _added;
    private readonly Dictionary<string, int> _ids;
    private readonly string?[] _tokens;
    private readonly byte[][] _bytes;
    private readonly HashSet<int> _special;

    private Tokenizer(TokenizerFile file)
    {
        _file = file;
        _added = new AddedTokens(file.Added);
        _ids = new Dictionary<string, int>(file.Vocabulary, StringComparer.Ordinal);
        foreach (AddedToken token in file.Added)
            _ids[token.Content] = token.Id;
        _special = [.. file.Added.Where(token => token.Special).Select(token => token.Id)];

        VocabularySize = _ids.Count == 0 ? 0 : _ids.Values.Max() + 1;
        _tokens = new string?[VocabularySize];
        foreach (var (token, id) in _ids)
            _tokens[id] = token;
        _bytes = [.. _tokens.Select(token => token is null ? [] : ByteAlphabet.BytesOf(token))];
    }

    /// <summary>The highest id plus one. A model's embedding may have more rows, which stand for no text.</summary>
    public int VocabularySize { get; }

    /// <summary>Ids of special tokens, which <see cref="Decode"/> can leave out.</summary>
    public IReadOnlySet<int> SpecialIds => _special;

    /// <summary>The id of tokenizer_config.json's bos_token, or null.</summary>
    public int? BosId => NamedId("bos_token");

    /// <summary>The id of tokenizer_config.json's eos_token, or null.</summary>
    public int? EosId => NamedId("eos_token");

    /// <summary>The id of tokenizer_config.json's pad_token, or null.</summary>
    public int? PadId => NamedId("pad_token");

    /// <summary>Reads a folder's <c>tokenizer.json</c> and, where there is one, <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="UsageException">The file is missing, not JSON, or a tokenizer of another kind.</exception>
    public static Tokenizer Load(string folder)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
            throw new UsageException(
                "there is no tokenizer.json", folder, "a folder as Hugging Face checkpoints have it");

        string config = Path.Combine(folder, "tokenizer_config.json");
        return Parse(File.ReadAllText(path), File.Exists(config) ? File.ReadAllText(config) : null, path);
    }

    /// <summary>Reads the text of a tokenizer.json and, optionally, of a tokenizer_config.json.</summary>
    /// <param name="tokenizerJson">The text of tokenizer.json.</param>
    /// <param name="configJson">The text of tokenizer_config.json, which names the special tokens; or null.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">The text is not JSON, or is a tokenizer of another kind.</exception>
    public static Tokenizer Parse(string tokenizerJson, string? configJson, string where)
    {
        try
        {
            return new Tokenizer(TokenizerFile.Parse(tokenizerJson, configJson));
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or KeyNotFoundException
            or InvalidOperationException or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            throw new UsageException(
                $"the tokenizer cannot be read: {e.Message}", where,
                "a byte-level BPE tokenizer.json as its authors wrote it");
        }
    }

    /// <summary>The token ids of a text; added tokens in it are recognised.</summary>
    public int[] Encode(string text)
    {
        var ids = new List<int>((text.Length / 3) + 4);
        int at = 0;
        while (_added.Next(text, at) is { } match)
        {
            EncodeRun(text.AsMemory(at, match.Start - at), ids);
            ids.Add(match.Id);
            at = match.End;
        }

        EncodeRun(text.AsMemory(at), ids);
        return [.. ids];
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
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>
    /// The token that tokenizer_config.json gives a name ("eos_token", "image_token" ...), at its top or under
    /// <c>extra_special_tokens</c>; or null.
    /// </summary>
    public string? Named(string name) => _file.Named.GetValueOrDefault(name);

    /// <summary>The pieces of a text without added tokens, each in byte letters: what BPE works on.</summary>
    internal string[] Pieces(string text) =>
        [.. _file.PreTokenizer.Split(_file.Normalize(text).AsMemory()).Select(piece =>
            string.Concat(Encoding.UTF8.GetBytes(piece.ToArray()).Select(ByteAlphabet.LetterOf)))];

    /// <summary>Pieces whose ids are remembered.</summary>
    internal int CachedPieces => _file.Encoder.CachedCount;

    /// <summary>The bytes an id stands for.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial) =>
        (uint)id >= (uint)_bytes.Length || (skipSpecial && _special.Contains(id)) ? [] : _bytes[id];

    private void EncodeRun(ReadOnlyMemory<char> run, List<int> ids)
    {
        if (run.IsEmpty)
            return;
        ReadOnlyMemory<char> normal = _file.Normalize(run.ToString()).AsMemory();
        foreach (ReadOnlyMemory<char> piece in _file.PreTokenizer.Split(normal))
            _file.Encoder.Encode(piece.Span, ids);
    }

    private int? NamedId(string name) => Named(name) is { } token ? IdOf(token) : null;
}
