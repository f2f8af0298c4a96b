using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Vlm.Tests.Text;

public class WordVocabularyTests
{
    private static readonly Tokenizer s_tokenizer = Tokenizer.Parse(
        SmolVlmTokens.OfWords(["Tell a poet.", " red redba", " a red 12, größer"]), configJson: null, "words");

    // 3 special + 256 bytes + User Assistant Tell _a _poet _red _redba _größer + 1 global + 36 tiles + fake, image, end.
    // ":", "\n", ".", "," and digits are bytes already, and " " stands alone before a digit.
    [Fact]
    public void Every_word_with_its_space_is_one_token_behind_the_bytes()
    {
        Assert.Equal(3 + 256 + 8 + 40, s_tokenizer.VocabularySize);
        Assert.Equal(
            ["User", "Assistant", "Tell", "Ġa", "Ġpoet", "Ġred", "Ġredba", "ĠgrÃ¶ÃŁer", "<global-img>"],
            Enumerable.Range(259, 9).Select(id => s_tokenizer.TokenOf(id)));
        Assert.Equal(s_tokenizer.VocabularySize - 1, s_tokenizer.IdOf(SmolVlmTokens.EndOfUtterance));
    }

    [Theory]
    [InlineData(" red redba red.", 4)]
    [InlineData("User: Tell a poet größer.", 2 + 5 + 4)]
    [InlineData("<|im_start|>User:<image>Tell a poet.<end_of_utterance>\nAssistant:", 12)]
    public void A_text_comes_back_from_its_tokens(string text, int tokens)
    {
        int[] ids = s_tokenizer.Encode(text);

        Assert.Equal(tokens, ids.Length);
        Assert.Equal(text, s_tokenizer.Decode(ids));
    }

    [Fact]
    public void Words_that_are_no_tokens_are_spelled_in_bytes_and_share_nothing_with_those_that_are()
    {
        int[] ids = s_tokenizer.Encode(" reds\u00e9 redb");

        Assert.Equal(" reds\u00e9 redb", s_tokenizer.Decode(ids));
        Assert.Equal(7 + 5, ids.Length);
        Assert.All(ids, id => Assert.InRange(id, 3, 258));
    }

    [Fact]
    public void The_same_texts_give_the_same_file() =>
        Assert.Equal(SmolVlmTokens.OfWords([" red blue"]), SmolVlmTokens.OfWords([" red", " blue red"]));
}
