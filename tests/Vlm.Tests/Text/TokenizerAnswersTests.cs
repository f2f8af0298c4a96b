using System.Text.Json;
using Vlm.Testing;
using Vlm.Text;

namespace Vlm.Tests.Text;

/// <summary>Against the answers of Hugging Face tokenizers 0.23.1.</summary>
public class TokenizerAnswersTests
{
    private const int Answers = 104;
    private const int Pieced = 95;   // those without added tokens

    [SharedTheory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Ids_and_both_decodings_are_those_of_the_reference(string name)
    {
        Tokenizer tokenizer = Load(name);
        using JsonDocument expected = Expected(name);
        int count = 0;
        foreach (JsonElement answer in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = answer.GetProperty("text").GetString()!;
            int[] ids = [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(answer.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            Assert.Equal(answer.GetProperty("decoded_skip").GetString(), tokenizer.Decode(ids, skipSpecial: true));
            count++;
        }

        Assert.Equal(Answers, count);
    }

    [SharedTheory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Pieces_before_merging_are_those_of_the_reference(string name)
    {
        Tokenizer tokenizer = Load(name);
        using JsonDocument expected = Expected(name);
        int count = 0;
        foreach (JsonElement answer in expected.RootElement.GetProperty("pretokens_bytelevel").EnumerateArray())
        {
            string[] pieces = [.. answer[1].EnumerateArray().Select(piece => piece.GetString()!)];
            Assert.Equal(pieces, tokenizer.Pieces(answer[0].GetString()!));
            count++;
        }

        Assert.Equal(Pieced, count);
    }

    private static Tokenizer Load(string name)
    {
        string path = SharedFiles.PathOf("fixtures", "hf", "tokenizers", $"{name}_tokenizer.json");
        return Tokenizer.Parse(File.ReadAllText(path), configJson: null, path);
    }

    private static JsonDocument Expected(string name) => JsonDocument.Parse(
        File.ReadAllText(SharedFiles.PathOf("fixtures", "hf", "tokenizers", $"{name}_expected.json")));
}
