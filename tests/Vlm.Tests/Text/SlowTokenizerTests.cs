using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Testing;
using Vlm.Text;

namespace Vlm.Tests.Text;

/// <summary>Folders with vocab.json and merges.txt in place of tokenizer.json.</summary>
public sealed class SlowTokenizerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-slow-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Texts =>
        ["What is in this image?", "  it's 1,234 apples\n\n\tand\r\n more... ", "e\u0301 caf\u00e9 \U0001F600", "<|im_start|>user\nWE'LL<|im_end|>", ""];

    // The same vocabulary as Qwen2's tokenizer.json has it: the fixtures' answers are those of the Rust tokenizers.
    [Theory]
    [InlineData("""{"tokenizer_class": "Qwen2Tokenizer"}""", null)]
    [InlineData("""{"tokenizer_class": "Qwen2TokenizerFast"}""", null)]
    [InlineData(null, """{"model_type": "qwen2_5_vl"}""")]
    public void Qwens_cut_text_as_their_fast_form(string? config, string? model)
    {
        Tokenizer fast = Tokenizer.FromFolder(Fixtures.PathOf("tiny_qwen2_vl"));
        Split("tiny_qwen2_vl", config, model);

        Tokenizer slow = Tokenizer.FromFolder(_folder);

        Assert.Equal(fast.VocabularySize, slow.VocabularySize);
        Assert.All(Texts, text => Assert.Equal(fast.Encode(text), slow.Encode(text)));
        Assert.All(Texts, text => Assert.Equal(fast.Decode(fast.Encode(text)), slow.Decode(slow.Encode(text))));
    }

    // "ab" and "Ġab" are merged, and GPT-2's words keep numbers together where Qwen2's take each alone.
    [Fact]
    public void Gpt2_cuts_by_its_own_expression()
    {
        Write("vocab.json", """{"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġab": 4, "1": 5, "11": 6}""");
        Write("merges.txt", "#version: 0.2\na b\nĠ ab\n1 1\n");
        Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer"}""");
        Tokenizer gpt2 = Tokenizer.FromFolder(_folder);
        Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": true}""");
        Tokenizer spaced = Tokenizer.FromFolder(_folder);
        Write("tokenizer_config.json", """{"tokenizer_class": "Qwen2Tokenizer"}""");

        Assert.Equal([2, 4, 6], gpt2.Encode("ab ab11"));
        Assert.Equal([4, 4, 6], spaced.Encode("ab ab11"));
        Assert.Equal([2, 4, 5, 5], Tokenizer.FromFolder(_folder).Encode("ab ab11"));
    }

    [Theory]
    [InlineData("""{"tokenizer_class": "LlamaTokenizer"}""", "how a LlamaTokenizer cuts text is not known here")]
    [InlineData("""{"tokenizer_class": "PreTrainedTokenizerFast"}""", "how a PreTrainedTokenizerFast cuts text is not known here")]
    [InlineData(null, "tokenizer_config.json names no tokenizer_class")]
    public void Other_classes_are_refused_by_name(string? config, string says)
    {
        Split("tiny_smolvlm", config, model: null);

        var error = Assert.Throws<UsageException>(() => Tokenizer.FromFolder(_folder));

        Assert.StartsWith("there is no tokenizer.json, and ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("in Python, AutoTokenizer.from_pretrained(FOLDER)", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merges.txt", "tokenizer.model", "tokenizer.model is SentencePiece's, which is not read")]
    [InlineData("vocab.json", null, "nor vocab.json with merges.txt")]
    public void A_missing_half_is_named(string gone, string? instead, string says)
    {
        Split("tiny_qwen2_vl", """{"tokenizer_class": "Qwen2Tokenizer"}""", model: null);
        File.Delete(Path.Combine(_folder, gone));
        if (instead is not null)
            Write(instead, "");

        Assert.Contains(says, Assert.Throws<UsageException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", """{"a": "0"}""", "the vocabulary cannot be read: the id of token a is \"0\"")]
    [InlineData("vocab.json", "[]", "the vocabulary cannot be read: vocab.json is [], not an object")]
    [InlineData("merges.txt", "#version\nab\n", "the file cannot be read: merge 'ab' has no pair")]
    [InlineData("merges.txt", "a q\n", "the file cannot be read: a merge needs the token 'aq'")]
    public void A_broken_half_is_named(string name, string content, string says)
    {
        Split("tiny_qwen2_vl", """{"tokenizer_class": "Qwen2Tokenizer"}""", model: null);
        string file = Write(name, content);

        var error = Assert.Throws<UsageException>(() => Tokenizer.FromFolder(_folder));

        Assert.StartsWith(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(file, error.Where);
    }

    // As transformers writes the slow form of a tokenizer.json.
    private void Split(string fixture, string? config, string? model)
    {
        JsonObject whole = HubFolder.ReadJson(Fixtures.PathOf(fixture, "tokenizer.json"));
        Write("vocab.json", whole["model"]!["vocab"]!.ToJsonString());
        Write("merges.txt", "#version: 0.2\n" + string.Join('\n', whole["model"]!["merges"]!.AsArray().Select(merge =>
            merge is JsonArray pair ? $"{pair[0]} {pair[1]}" : (string)merge!)) + "\n");
        Write("added_tokens.json", new JsonObject(whole["added_tokens"]!.AsArray().Select(token =>
            KeyValuePair.Create((string)token!["content"]!, (JsonNode?)(int)token["id"]!))).ToJsonString());
        JsonObject named = (JsonObject)JsonNode.Parse(config ?? "{}")!;
        named["additional_special_tokens"] = new JsonArray([.. whole["added_tokens"]!.AsArray()
            .Where(token => (bool)token!["special"]!).Select(token => token!["content"]!.DeepClone())]);
        Write("tokenizer_config.json", named.ToJsonString());
        if (model is not null)
            Write("config.json", model);
    }

    private string Write(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }
}
