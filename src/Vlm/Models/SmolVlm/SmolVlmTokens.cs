using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Text;

namespace Vlm.Models.SmolVlm;

/// <summary>The special tokens of SmolVLM's vocabularies, and new vocabularies that have them.</summary>
public static class SmolVlmTokens
{
    /// <summary>The beginning of a chat, and the bos_token.</summary>
    public const string Start = "<|im_start|>";

    /// <summary>The end of a turn, and the eos_token.</summary>
    public const string EndOfUtterance = "<end_of_utterance>";

    /// <summary>Padding.</summary>
    public const string Pad = "<|im_end|>";

    /// <summary>The place of an image; expanded, the place of one of its vectors.</summary>
    public const string Image = "<image>";

    /// <summary>Stands before and after the vectors of a frame.</summary>
    public const string Fake = "<fake_token_around_image>";

    /// <summary>Announces the frame that shows the whole image.</summary>
    public const string Global = "<global-img>";

    /// <summary>Most rows, and most columns, of frames that have a token.</summary>
    public const int MaxTiles = 6;

    private const string Unknown = "<|endoftext|>";
    private const int Bytes = 256;

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] s_first = [Unknown, Start, Pad];

    private static readonly string[] s_last =
    [
        Global,
        .. Enumerable.Range(1, MaxTiles).SelectMany(r => Enumerable.Range(1, MaxTiles).Select(c => Tile(r, c))),
        Fake, Image, EndOfUtterance,
    ];

    /// <summary>Tokens that are there before any merge: special ones and bytes.</summary>
    public static int FewestTokens => s_first.Length + Bytes + s_last.Length;

    /// <summary>Announces the frame of a row and a column, both from 1.</summary>
    public static string Tile(int row, int column) => FormattableString.Invariant($"<row_{row}_col_{column}>");

    /// <summary>
    /// Learns a vocabulary in SmolVLM's layout: three special tokens, 256 bytes, merges, then the image tokens.
    /// </summary>
    /// <param name="texts">What to learn from.</param>
    /// <param name="vocabularySize">Tokens wanted. Texts with too few repeated pairs give fewer.</param>
    /// <returns>The text of a tokenizer.json.</returns>
    /// <exception cref="UsageException">The size leaves no room for special tokens and bytes.</exception>
    public static string Learn(IEnumerable<string> texts, int vocabularySize)
    {
        if (vocabularySize < FewestTokens)
            throw new UsageException(
                $"a vocabulary of {vocabularySize} has no room for {FewestTokens} special tokens and bytes",
                $"vocabulary size {vocabularySize}", $"{FewestTokens} or more");

        LearnedMerges learned = BpeTrainer.Learn(texts, vocabularySize - FewestTokens);
        return TokenizerJson(learned.Merges.Select(merge => merge.Left + merge.Right), learned.Merges).ToJsonString(s_json);
    }

    /// <summary>
    /// A vocabulary in which every word of some texts, with the space before it, is one token: there are no merges, so words share no parts.
    /// In the same layout, with the words of the chat template; other words are spelled in bytes.
    /// </summary>
    /// <param name="texts">Words become tokens in the order in which they are met; a number is its digits.</param>
    /// <returns>The text of a tokenizer.json.</returns>
    public static string OfWords(IEnumerable<string> texts)
    {
        string[] words = [.. ((string[])["User:", "Assistant:", "\n"]).Concat(texts)
            .SelectMany(text => PreTokenizer.SmolLm2.Split(text).Select(piece => Letters(piece.Of(text)))).Distinct()];
        return TokenizerJson(words, []).ToJsonString(s_json);
    }

    /// <summary>Writes <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and <c>chat_template.json</c>.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="tokenizerJson">The text of the tokenizer.json.</param>
    /// <param name="contextLength">Most tokens the model takes.</param>
    public static void Write(string folder, string tokenizerJson, int contextLength)
    {
        var chat = new JsonObject { ["chat_template"] = ChatTemplate.SmolVlm.Source };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizerJson + "\n");
        HubFolder.WriteJson(Path.Combine(folder, "tokenizer_config.json"), ConfigJson(contextLength));
        HubFolder.WriteJson(Path.Combine(folder, "chat_template.json"), chat);
    }

    private static string Letters(ReadOnlySpan<char> piece) =>
        string.Concat(System.Text.Encoding.UTF8.GetBytes(piece.ToString()).Select(ByteAlphabet.LetterOf));

    // Without merges a piece is looked up whole.
    private static JsonObject TokenizerJson(IEnumerable<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
    {
        var vocabulary = new JsonObject();
        void Add(string token) => vocabulary.TryAdd(token, vocabulary.Count);

        foreach (string token in (string[])[.. s_first, .. ByteAlphabet.Ordered.Select(letter => letter.ToString())])
            Add(token);
        foreach (string token in tokens)
            Add(token);

        int words = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(
                [.. s_first.Index().Select(t => Added(t.Index, t.Item)),
                 .. s_last.Index().Select(t => Added(words + t.Index, t.Item))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Digits", ["individual_digits"] = true },
                    ByteLevel(prefixSpace: false)),
            },
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(prefixSpace: true),
            ["model"] = Model(vocabulary, merges),
        };
    }

    private static JsonObject Model(JsonObject vocabulary, IReadOnlyList<(string Left, string Right)> merges) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = null,
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = false,
        ["byte_fallback"] = false,
        ["ignore_merges"] = merges.Count == 0,
        ["vocab"] = vocabulary,
        ["merges"] = new JsonArray([.. merges.Select(merge => new JsonArray(merge.Left, merge.Right))]),
    };

    private static JsonObject ByteLevel(bool prefixSpace) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = prefixSpace,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ConfigJson(int contextLength) => new()
    {
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
        ["processor_class"] = "SmolVLMProcessor",
        ["bos_token"] = Start,
        ["eos_token"] = EndOfUtterance,
        ["pad_token"] = Pad,
        ["unk_token"] = Unknown,
        ["additional_special_tokens"] = new JsonArray(Fake, Image, EndOfUtterance),
        ["clean_up_tokenization_spaces"] = false,
        ["model_max_length"] = contextLength,
        ["padding_side"] = "left",
        ["truncation_side"] = "left",
        ["extra_special_tokens"] = new JsonObject
        {
            ["end_of_utterance_token"] = EndOfUtterance,
            ["fake_image_token"] = Fake,
            ["global_image_token"] = Global,
            ["image_token"] = Image,
        },
        ["chat_template"] = ChatTemplate.SmolVlm.Source,
    };
}
