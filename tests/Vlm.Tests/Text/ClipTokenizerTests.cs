using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Vlm.Text;
using Reference = Tokenizers.DotNet.Tokenizer;

namespace Vlm.Tests.Text;

/// <summary>CLIP's tokenizer.json, in the form in which the hub has it, against Hugging Face's own library.</summary>
public sealed class ClipTokenizerTests : IDisposable
{
    private const string Start = "<|startoftext|>", End = "<|endoftext|>", EndOfWord = "</w>";
    private static readonly string s_json = Json().ToJsonString();

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-clip-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ReferenceTheory]
    [InlineData(null)]
    [InlineData("""{"direction": "Right", "max_length": 7, "strategy": "LongestFirst", "stride": 0}""")]
    public void Random_texts_have_the_ids_of_the_reference_start_and_end_included(string? truncation) => Ask(
        Changed(json => json["truncation"] = truncation is null ? null : JsonNode.Parse(truncation)),
        (reference, tokenizer) => RandomTexts.With(Start, End).Sample(
            text => AssertSame(reference, tokenizer, text, truncation is null ? int.MaxValue : 7), iter: 3000, threads: 1));

    [ReferenceTheory]
    [InlineData(0x20, 0xD7FF)]
    [InlineData(0xE000, 0x1FFFF)]
    public void Every_letter_becomes_the_lower_case_of_the_reference(int first, int last) => Ask(s_json, (reference, tokenizer) =>
    {
        string[] letters = [.. Enumerable.Range(first, last - first + 1).Where(IsSettled).Select(char.ConvertFromUtf32)];

        Assert.InRange(letters.Length, 1000, 60_000);
        Assert.Equal([], letters.Where(letter => !reference.Encode(letter).SequenceEqual(tokenizer.EncodeSequence(letter).Select(id => (uint)id)))
            .Select(letter => $"{char.ConvertToUtf32(letter, 0):X4}"));
    });

    [ReferenceTheory]
    [InlineData("""{"type": "BertProcessing", "sep": ["<|endoftext|>", END], "cls": ["<|startoftext|>", START]}""")]
    [InlineData("""
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<|startoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "two", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
         "special_tokens": {"<|startoftext|>": {"id": "<|startoftext|>", "ids": [START], "tokens": ["<|startoftext|>"]},
                            "two": {"id": "two", "ids": [END, START], "tokens": ["<|endoftext|>", "<|startoftext|>"]}}}
        """)]
    [InlineData("""
        {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         {"type": "BertProcessing", "sep": ["<|endoftext|>", END], "cls": ["<|startoftext|>", START]}]}
        """)]
    public void What_stands_around_a_text_is_what_its_post_processor_says(string processor)
    {
        (int start, int end) = Specials();
        string json = processor.Replace("START", $"{start}", StringComparison.Ordinal).Replace("END", $"{end}", StringComparison.Ordinal);
        Ask(Changed(root => root["post_processor"] = JsonNode.Parse(json)),
            (reference, tokenizer) => AssertSame(reference, tokenizer, "A red Circle", int.MaxValue));
    }

    [Fact]
    public void A_text_alone_has_no_start_and_end_and_a_sequence_has_room_for_them()
    {
        Tokenizer tokenizer = Tokenizer.Parse(s_json, null, "clip");
        (int start, int end) = Specials();
        int[] ids = tokenizer.Encode("a red circle"), whole = tokenizer.EncodeSequence("a red circle");

        Assert.Equal([start, .. ids, end], whole);
        Assert.Equal([start, ids[0], end], tokenizer.EncodeSequence("a red circle", 3));
        Assert.Equal([start, end], tokenizer.EncodeSequence("a red circle", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodeSequence("a red circle", 1));
    }

    // As transformers' CLIPTokenizer: a space where a word ends.
    [Fact]
    public void Words_are_decoded_with_a_space_after_each()
    {
        Tokenizer tokenizer = Tokenizer.Parse(s_json, null, "clip");

        Assert.Equal("a red circle . ", tokenizer.Decode(tokenizer.Encode("A Red\n\tCIRCLE.")));
    }

    private static void AssertSame(Reference reference, Tokenizer tokenizer, string text, int most) =>
        Assert.Equal(reference.Encode(RandomTexts.WellFormed(text)), tokenizer.EncodeSequence(text, most).Select(id => (uint)id));

    private void Ask(string json, Action<Reference, Tokenizer> ask)
    {
        string file = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(file, json);
        using var reference = new Reference(file);
        ask(reference, Tokenizer.Parse(json, null, file));
    }

    private static bool IsSettled(int code) => !RandomTexts.IsNewLetter(code) && Rune.GetUnicodeCategory(new Rune(code)) is
        System.Globalization.UnicodeCategory.UppercaseLetter or System.Globalization.UnicodeCategory.TitlecaseLetter
        or System.Globalization.UnicodeCategory.LowercaseLetter or System.Globalization.UnicodeCategory.LetterNumber
        or System.Globalization.UnicodeCategory.OtherSymbol;

    private static (int Start, int End) Specials()
    {
        JsonArray added = JsonNode.Parse(s_json)!["added_tokens"]!.AsArray();
        return ((int)added[0]!["id"]!, (int)added[1]!["id"]!);
    }

    private static string Changed(Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(s_json)!.AsObject();
        change(json);
        return json.ToJsonString();
    }

    // The layout of openai/clip-vit-base-patch32: bytes, bytes that end a word, merges, the two special tokens.
    private static JsonObject Json()
    {
        string[] letters = [.. ByteAlphabet.Ordered.Select(letter => letter.ToString())];
        (string, string)[] merges =
        [
            ("c", "i"), ("r", "c"), ("ci", "rc"), ("l", "e</w>"), ("circ", "le</w>"), ("r", "e"), ("re", "d</w>"), ("a", "r"), ("e", "d</w>"),
            ("o", "n</w>"), ("1", "2"), ("'", "s</w>"), ("Ã", "¤"),
        ];
        var vocabulary = new JsonObject();
        foreach (string token in (string[])[.. letters, .. letters.Select(letter => letter + EndOfWord),
            .. merges.Select(merge => merge.Item1 + merge.Item2), Start, End])
            vocabulary.TryAdd(token, vocabulary.Count);
        var json = (JsonObject)JsonNode.Parse($$$"""
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [
              {"id": {{{vocabulary.Count - 2}}}, "content": "{{{Start}}}", "single_word": false, "lstrip": false, "rstrip": false, "normalized": true, "special": true},
              {"id": {{{vocabulary.Count - 1}}}, "content": "{{{End}}}", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": true},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}]},
             "post_processor": {"type": "RobertaProcessing", "sep": ["{{{End}}}", {{{vocabulary.Count - 1}}}], "cls": ["{{{Start}}}", {{{vocabulary.Count - 2}}}], "trim_offsets": false, "add_prefix_space": false},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": "{{{End}}}", "continuing_subword_prefix": "", "end_of_word_suffix": "{{{EndOfWord}}}", "fuse_unk": false}}
            """)!;
        json["model"]!["vocab"] = vocabulary;
        json["model"]!["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create($"{merge.Item1} {merge.Item2}"))]);
        return json;
    }
}
