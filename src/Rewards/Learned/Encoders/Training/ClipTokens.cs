using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>New vocabularies in the form of CLIP's tokenizer.json: lower case, and words that end in a mark.</summary>
public static class ClipTokens
{
    /// <summary>The token before a text.</summary>
    public const string Start = "<|startoftext|>";

    /// <summary>The token after a text, of what is unknown, and of padding.</summary>
    public const string End = "<|endoftext|>";

    private const string EndOfWord = "</w>";

    // CLIP's words: contractions, letters, single digits, and what is none of them.
    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>Learns a vocabulary: bytes, bytes that end a word, merges, then the two special tokens.</summary>
    /// <param name="texts">What to learn from.</param>
    /// <param name="vocabularySize">Tokens wanted, above 514. Texts with too few repeated pairs give fewer.</param>
    /// <returns>The text of a tokenizer.json.</returns>
    public static string Learn(IEnumerable<string> texts, int vocabularySize)
    {
        string[] alphabet = [.. BpeTrainer.Alphabet(EndOfWord)];
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, alphabet.Length + 2);
        Func<string, string> normal = Vlm.Text.Normalizer.Parse(Element(Normalizer()))!.Apply;
        LearnedMerges learned = BpeTrainer.Learn(
            texts.Select(normal), vocabularySize - alphabet.Length - 2, Vlm.Text.PreTokenizer.Parse(Element(PreTokenizer())), EndOfWord);
        return Json(alphabet, learned).ToJsonString();
    }

    /// <summary>The ids of texts as the text tower takes them: with start and end token, cut, and padded with the end token.</summary>
    /// <param name="tokenizer">As <see cref="Learn"/> makes them.</param>
    /// <param name="texts">B texts, one at least.</param>
    /// <param name="most">Most tokens of a text, those around it included.</param>
    /// <param name="device">Where the ids go.</param>
    /// <returns>[B, T] of Int64, T of the longest.</returns>
    public static Tensor Batch(Tokenizer tokenizer, IReadOnlyList<string> texts, int most, Device device)
    {
        int[][] rows = [.. texts.Select(text => tokenizer.EncodeSequence(text, most))];
        int length = rows.Max(row => row.Length);
        return tensor(PaddedRows.Of(rows, length, tokenizer.IdOf(End)!.Value), [rows.Length, length], device: device);
    }

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);

    private static JsonObject Json(string[] alphabet, LearnedMerges learned)
    {
        var vocabulary = new JsonObject();
        foreach (string token in (string[])[.. alphabet, .. learned.Merges.Select(merge => merge.Left + merge.Right), Start, End])
            vocabulary.TryAdd(token, vocabulary.Count);
        int start = vocabulary.Count - 2, end = vocabulary.Count - 1;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(Added(start, Start, normalized: true), Added(end, End, normalized: false)),
            ["normalizer"] = Normalizer(),
            ["pre_tokenizer"] = PreTokenizer(),
            ["post_processor"] = new JsonObject
            {
                ["type"] = "RobertaProcessing",
                ["sep"] = new JsonArray(End, end),
                ["cls"] = new JsonArray(Start, start),
                ["trim_offsets"] = false,
                ["add_prefix_space"] = false,
            },
            ["decoder"] = ByteLevel(),
            ["model"] = Model(vocabulary, learned),
        };
    }

    private static JsonObject Normalizer() => new()
    {
        ["type"] = "Sequence",
        ["normalizers"] = new JsonArray(
            new JsonObject { ["type"] = "NFC" },
            new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = @"\s+" }, ["content"] = " " },
            new JsonObject { ["type"] = "Lowercase" }),
    };

    private static JsonObject PreTokenizer() => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = Words },
                ["behavior"] = "Removed",
                ["invert"] = true,
            },
            ByteLevel()),
    };

    private static JsonObject ByteLevel() =>
        new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true };

    private static JsonObject Model(JsonObject vocabulary, LearnedMerges learned) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = End,
        ["continuing_subword_prefix"] = "",
        ["end_of_word_suffix"] = EndOfWord,
        ["fuse_unk"] = false,
        ["vocab"] = vocabulary,
        ["merges"] = new JsonArray([.. learned.Merges.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))]),
    };

    private static JsonObject Added(int id, string content, bool normalized) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = normalized,
        ["special"] = true,
    };
}
