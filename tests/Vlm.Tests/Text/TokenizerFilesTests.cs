using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Vlm.Text;

namespace Vlm.Tests.Text;

/// <summary>A tokenizer's files: which tokens they bring together, and what is wrong in them.</summary>
public sealed class TokenizerFilesTests : IDisposable
{
    private const string Small = """
        {"normalizer": {"type": "NFC"},
         "added_tokens": [{"id": 3, "content": "<a>", "special": false, "lstrip": false, "normalized": false}],
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Isolated", "invert": false},
           {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]},
         "post_processor": {"type": "ByteLevel"},
         "model": {"type": "BPE", "unk_token": null, "vocab": {"x": 0, "y": 1, "xy": 2}, "merges": [["x", "y"]]}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // vLLM issue 44683: Qwen2-VL-2B's first tokenizer.json lacks <|image_pad|>, which its tokenizer_config.json has.
    [Fact]
    public void Tokens_of_the_config_are_added_and_its_flags_win()
    {
        Tokenizer tokenizer = Folder("""
            {"eos_token": "<e>", "added_tokens_decoder": {
              "5": {"content": "<|image_pad|>", "special": true},
              "3": {"content": "<a>", "lstrip": true, "rstrip": false, "normalized": false, "special": true},
              "4": {"content": "<e>"}}}
            """, added: """{"<never read>": 9}""");

        Assert.Equal((3, 4, 5), (tokenizer.IdOf("<a>"), tokenizer.EosId, tokenizer.IdOf("<|image_pad|>")));
        Assert.Equal([2, 3, 5, 4], tokenizer.Encode("xy  <a><|image_pad|><e>"));
        Assert.Equal([3, 4, 5], tokenizer.SpecialIds.Order());
        Assert.Equal((6, null), (tokenizer.VocabularySize, tokenizer.IdOf("<never read>")));
    }

    [Theory]
    [InlineData("""{"additional_special_tokens": ["<b>"]}""")]
    [InlineData("""{"extra_special_tokens": [{"content": "<b>"}]}""")]
    [InlineData("""{"extra_special_tokens": {"image_token": "<b>"}}""")]
    public void Without_such_a_list_tokens_of_added_tokens_json_are_added(string config)
    {
        Tokenizer tokenizer = Folder(config, added: """{"<a>": 3, "<c>": 5, "<b>": 4}""");

        Assert.Equal([3, 4, 5], tokenizer.Encode("<a><b><c>"));
        Assert.Equal([4], tokenizer.SpecialIds);
        Assert.Equal([3], Folder(config: null, added: """{"<a>": 3, "<c>": 4}""").Encode("<a>"));
    }

    // Roles and special tokens that tokenizer_config.json does not name are those of the older file.
    [Fact]
    public void The_older_map_of_special_tokens_fills_what_the_config_leaves_out()
    {
        File.WriteAllText(Path.Combine(_folder, "special_tokens_map.json"),
            """{"eos_token": {"content": "<a>"}, "pad_token": "<p>", "additional_special_tokens": ["<b>"]}""");

        Tokenizer tokenizer = Folder("""{"pad_token": "<a>"}""", added: """{"<b>": 4, "<c>": 5}""");

        Assert.Equal((3, 3), (tokenizer.EosId, tokenizer.PadId));
        Assert.Equal([4], tokenizer.SpecialIds);
    }

    // As in the reference, the vocabulary says a token's id.
    [Fact]
    public void An_added_token_of_the_vocabulary_has_the_vocabularys_id()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Small.Replace("\"<a>\"", "\"xy\""), configJson: null, "inline");

        Assert.Equal((3, 2), (tokenizer.VocabularySize, tokenizer.Encode("xy").Single()));
    }

    // Llama 3's: chat templates write the start token themselves.
    [Fact]
    public void A_template_of_start_and_end_tokens_changes_nothing()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Small.Replace("""{"type": "ByteLevel"}""", """
            {"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing",
              "single": [{"SpecialToken": {"id": "<a>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
              "special_tokens": {"<a>": {"id": "<a>", "ids": [0], "tokens": ["<a>"]}}}]}
            """), configJson: null, "inline");

        Assert.Equal([2], tokenizer.Encode("xy"));
    }

    [Theory]
    [InlineData("\"id\": 3", "\"id\": 2000000000", "the id of token <a> is 2000000000, not a whole number from 0 to")]
    [InlineData("\"id\": 3", "\"id\": 2147483647", "the id of token <a> is 2147483647, not a whole number from 0 to")]
    [InlineData("\"y\": 1", "\"y\": 99999999", "the id of token y is 99999999, not a whole number from 0 to 16777215")]
    [InlineData("\"y\": 1", "\"y\": -1", "the id of token y is -1, not a whole number from 0 to 16777215")]
    [InlineData("\"y\": 1", "\"y\": 1.5", "the id of token y is 1.5, not a whole number from 0 to 16777215")]
    [InlineData("\"id\": 3", "\"id\": 1", "token <a> has the id 1, which is that of y")]
    [InlineData("[[\"x\", \"y\"]]", "null", "has no merges")]
    [InlineData("[[\"x\", \"y\"]]", "[[\"x\"]]", "merges of [\"x\"] is [\"x\"], not a text")]
    [InlineData("[[\"x\", \"y\"]]", "[[\"x\", null]]", "merge of [\"x\", null] is null, not a text")]
    [InlineData("[[\"x\", \"y\"]]", "[[\"y\", \"x\"]]", "a merge needs the token 'yx', which is not in the vocabulary")]
    [InlineData("\"content\": \"<a>\"", "\"content\": null", "has no content")]
    [InlineData("\"special\": false", "\"special\": \"no\"", "special is \"no\", not true or false")]
    [InlineData("Isolated", "2", "its Split step's behavior '2' is not known here")]
    [InlineData("\"\\\\s+\"", "\"(\"", "Not enough )'s")]
    [InlineData("\"type\": \"NFC\"", "\"type\": 7", "type of {\"type\": 7} is 7, not a text")]
    [InlineData("{\"type\": \"ByteLevel\"}", "{\"type\": \"Bert\"}", "its post_processor 'Bert' is not known here")]
    [InlineData("{\"x\": 0, \"y\": 1, \"xy\": 2}", "[]", "vocab is [], not an object")]
    public void What_is_wrong_in_a_file_is_said(string right, string wrong, string message)
    {
        Assert.Contains(right, Small);
        var error = Assert.Throws<UsageException>(() =>
            Tokenizer.Parse(Small.Replace(right, wrong), configJson: null, "x/tokenizer.json"));

        Assert.Contains(message, error.Message);
        Assert.StartsWith("the tokenizer cannot be read: ", error.Message);
        Assert.Equal("x/tokenizer.json", error.Where);
    }

    [Theory]
    [InlineData("[]", null, "tokenizer_config.json", "where an object")]
    [InlineData("{", null, "tokenizer_config.json", "cannot be read")]
    [InlineData("""{"added_tokens_decoder": {"x": {"content": "<x>"}}}""", null, "tokenizer_config.json", "id x, which is")]
    [InlineData("""{"added_tokens_decoder": {"4": "<x>"}}""", null, "tokenizer_config.json", "\"<x>\" stands where")]
    [InlineData("""{"added_tokens_decoder": {"2": {"content": "<x>"}}}""", null, "tokenizer.json", "id 2, which is that")]
    [InlineData(null, """{"<x>": "4"}""", "added_tokens.json", "the id of token <x> is \"4\"")]
    public void What_is_wrong_in_the_other_files_names_them(string? config, string? added, string file, string message)
    {
        var error = Assert.Throws<UsageException>(() => Folder(config, added));

        Assert.Equal(Path.Combine(_folder, file), error.Where);
        Assert.Contains(message, error.Message);
    }

    // 2 to the power of 40 ways to cut 40 letters, of which none ends the text.
    [Fact]
    public void An_expression_that_takes_for_ever_is_refused_when_it_does()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Small.Replace("\"\\\\s+\"", "\"(x+)+$\""), configJson: null, "inline");

        long start = Stopwatch.GetTimestamp();
        var error = Assert.Throws<UsageException>(() => tokenizer.Encode(new string('x', 40) + "y"));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.5, 30);
        Assert.Contains("(x+)+$ takes more than a second on a text of 41 characters", error.Message);
        Assert.Equal("pre_tokenizer in tokenizer.json", error.Where);
    }

    // The file with one place changed: nothing but a tokenizer or three lines comes out.
    [Fact]
    public void Damaged_files_are_refused_or_read()
    {
        (int read, int refused) = (0, 0);
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, s_values.Length - 1]).Sample(
            (place, value) =>
            {
                JsonNode root = JsonNode.Parse(Small)!;
                Damage(root, ref place, s_values[value]);
                try
                {
                    Tokenizer tokenizer = Tokenizer.Parse(root.ToJsonString(), root.ToJsonString(), "inline");
                    tokenizer.Decode(tokenizer.Encode("xy <a>é y\uD83D"));
                    read++;
                }
                catch (UsageException)
                {
                    refused++;
                }
            },
            iter: 3000, threads: 1);

        Assert.InRange(read, 300, 2700);
        Assert.InRange(refused, 300, 2700);
    }

    [Fact]
    public void Each_stand_in_is_of_the_category_it_stands_for() => Assert.Equal(
        Enum.GetValues<UnicodeCategory>(),
        StandIns.OfCategory.Select(
            letter => letter == '\uFFFD' ? UnicodeCategory.Surrogate : char.GetUnicodeCategory(letter)));

    // .NET's string.Normalize refuses U+FFFE.
    [Fact]
    public void A_noncharacter_is_normalised_around()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Small, configJson: null, "inline");

        Assert.Equal("é\uFFFEé", tokenizer.Normalizer!.Normalize("e\u0301\uFFFEe\u0301"));
        Assert.Equal([2], tokenizer.Encode("\uFFFExy"));
    }

    private static readonly string[] s_values =
    [
        "null", "true", "-1", "2147483648", "1e300", "\"\"", "\"x\"", "\"\\u0000\"", "[]", "{}", "[null]", "{\"type\":null}",
        "\"ByteLevel\"", "[[]]",
    ];

    // Counts places down through objects and lists, and puts the value at the one where none are left.
    private static void Damage(JsonNode node, ref int place, string value)
    {
        if (node is JsonObject fields)
            foreach (string name in fields.Select(field => field.Key).ToArray())
                if (place-- == 0)
                    fields[name] = JsonNode.Parse(value);
                else if (place >= 0 && fields[name] is { } inner)
                    Damage(inner, ref place, value);
        if (node is JsonArray list)
            for (int i = 0; i < list.Count; i++)
                if (place-- == 0)
                    list[i] = JsonNode.Parse(value);
                else if (place >= 0 && list[i] is { } inner)
                    Damage(inner, ref place, value);
    }

    private Tokenizer Folder(string? config, string? added)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), Small);
        (string, string?)[] others = [("tokenizer_config.json", config), ("added_tokens.json", added)];
        foreach (var (name, text) in others)
            if (text is null)
                File.Delete(Path.Combine(_folder, name));
            else
                File.WriteAllText(Path.Combine(_folder, name), text);
        return Tokenizer.FromFolder(_folder);
    }
}
