using System.Text.Json;
using Vlm.Testing;
using Vlm.Text;

namespace Vlm.Tests.Text;

/// <summary>Against the answers of Hugging Face tokenizers 0.23.1.</summary>
public class TokenizerAnswersTests
{
    private const int Answers = 104;
    private const int Pieced = 95;   // those without added tokens

    [Theory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Ids_pieces_and_both_decodings_are_those_of_the_reference(string name)
    {
        string path = Fixtures.PathOf("tokenizers", $"{name}_tokenizer.json");
        AssertAnswers(name, Tokenizer.Parse(File.ReadAllText(path), configJson: null, path));
    }

    [PublishedTheory]
    [InlineData("qwen2_5")]
    [InlineData("gpt2")]
    [InlineData("gpt2_smolvlm_pipeline")]
    public void Published_vocabularies_give_the_ids_pieces_and_decodings_of_the_reference(string name) =>
        AssertAnswers(name, PublishedTokenizers.Load(name));

    [PublishedFact]
    public void The_qwen_vocabulary_is_the_official_file() => Assert.Equal(
        "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
        PublishedTokenizers.Sha256(PublishedTokenizers.Qwen25File));

    [Fact]
    public void Every_file_of_answers_is_compared()
    {
        string folder = Fixtures.PathOf("tokenizers");

        Assert.Equal(
            ["gpt2", "gpt2_smolvlm_pipeline", "qwen2_5", "tiny_qwen", "tiny_smol"],
            Directory.GetFiles(folder, "*_expected.json")
                .Select(file => Path.GetFileName(file)[..^"_expected.json".Length]).Order(StringComparer.Ordinal));
    }

    private static void AssertAnswers(string name, Tokenizer tokenizer)
    {
        using JsonDocument expected = JsonDocument.Parse(
            File.ReadAllText(Fixtures.PathOf("tokenizers", $"{name}_expected.json")));

        Assert.Equal(Answers, Each(expected, "cases", answer => AssertIds(answer, tokenizer)));
        Assert.Equal(Pieced, Each(expected, "pretokens_bytelevel", answer => Assert.Equal(
            answer[1].EnumerateArray().Select(piece => piece.GetString()!), tokenizer.Pieces(answer[0].GetString()!))));
    }

    private static void AssertIds(JsonElement answer, Tokenizer tokenizer)
    {
        int[] ids = [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

        Assert.Equal(ids, tokenizer.Encode(answer.GetProperty("text").GetString()!));
        Assert.Equal(answer.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        Assert.Equal(answer.GetProperty("decoded_skip").GetString(), tokenizer.Decode(ids, skipSpecial: true));
    }

    private static int Each(JsonDocument expected, string name, Action<JsonElement> check)
    {
        int count = 0;
        foreach (JsonElement answer in expected.RootElement.GetProperty(name).EnumerateArray())
        {
            check(answer);
            count++;
        }

        return count;
    }
}
