using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Vlm.Tests.Text;

public class BpeTrainerTests
{
    // Words (a word takes its space along):  "hug" x3 as "hug" x1 and "Ġhug" x2, "Ġpug" x2, "Ġbun" x1.
    //   pairs: hu 3, ug 5 (3 hug + 2 pug), Ġh 2, Ġp 2, pu 2, Ġb 1, bu 1, un 1
    //   1. u+g (5).  Now: h+ug 3, Ġ+h 2, Ġ+p 2, p+ug 2, others 1
    //   2. h+ug (3). Now: Ġ+hug 2, Ġ+p 2, p+ug 2: equal, the lowest ids win. p (0x70) < Ġ (U+0120) < tokens learned,
    //      so p+ug is first
    //   3. p+ug (2). Now: Ġ+hug 2, Ġ+pug 2
    //   4. Ġ+hug (hug is older than pug), 5. Ġ+pug. Nothing else occurs twice.
    [Fact]
    public void Merges_are_those_worked_by_hand()
    {
        LearnedMerges learned = BpeTrainer.Learn(["hug hug pug", " bun hug pug"], tokens: 9);

        Assert.Equal([("u", "g"), ("h", "ug"), ("p", "ug"), ("Ġ", "hug"), ("Ġ", "pug")], learned.Merges);
    }

    [Fact]
    public void Numbers_are_never_merged()
    {
        LearnedMerges learned = BpeTrainer.Learn(["42 42 42 42"], tokens: 5);

        Assert.Empty(learned.Merges);
    }

    [Fact]
    public void The_same_texts_in_another_order_give_the_same_vocabulary()
    {
        string[] texts = ["the red circle", "the blue square is left of the red circle", "how many squares? 3"];

        string forwards = SmolVlmTokens.Learn(texts, 310);
        string backwards = SmolVlmTokens.Learn(texts.Reverse(), 310);

        Assert.Equal(forwards, backwards);
    }

    // 3 special + 256 bytes + 11 merges + 1 global + 36 tiles + fake, image, end = 310.
    [Fact]
    public void A_learned_vocabulary_has_the_layout_of_SmolVlm()
    {
        string json = SmolVlmTokens.Learn(["the red circle and the red square and the blue circle"], 310);
        Tokenizer tokenizer = Tokenizer.Parse(json, configJson: null, "learned");

        Assert.Equal(310, tokenizer.VocabularySize);
        Assert.Equal(
            [0, 1, 2, 3, 270, 271, 276, 277, 306, 307, 308, 309],
            new[]
            {
                "<|endoftext|>", "<|im_start|>", "<|im_end|>", "!", "<global-img>", "<row_1_col_1>", "<row_1_col_6>",
                "<row_2_col_1>", "<row_6_col_6>", "<fake_token_around_image>", "<image>", "<end_of_utterance>",
            }.Select(token => tokenizer.IdOf(token)!.Value));
        Assert.Equal(3 + 40, tokenizer.SpecialIds.Count);
        Assert.Equal(308, tokenizer.Encode("<image>").Single());
    }

    [Fact]
    public void Written_files_are_read_back_with_their_named_tokens()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-text-").FullName;
        SmolVlmTokens.Write(folder, SmolVlmTokens.Learn(["red red circle circle"], 302), contextLength: 77);

        Tokenizer tokenizer = Tokenizer.FromFolder(folder);

        Assert.Equal((1, 301, 2), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId));
        Assert.Equal("<image>", tokenizer.Named("image_token"));
        Assert.Equal("a red circle, naïve 7", tokenizer.Decode(tokenizer.Encode("a red circle, naïve 7")));
        Assert.Same(ChatTemplate.SmolVlm, ChatTemplate.Load(folder, absent: null!));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_vocabulary_without_room_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => SmolVlmTokens.Learn([], 298));

        Assert.Equal(
            "error: a vocabulary of 298 has no room for 299 special tokens and bytes\n"
            + "   at: vocabulary size 298\n"
            + "  try: 299 or more",
            error.Render());
    }
}
