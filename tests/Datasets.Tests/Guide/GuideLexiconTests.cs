namespace Vlm.Datasets.Tests;

public class GuideLexiconTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Every_word_belongs_to_one_of_250_concepts(int dial)
    {
        string[] words = [.. GuideLexicon.Words(dial)];

        Assert.Equal((250, 250 * dial), (GuideLexicon.Concepts, words.Distinct().Count()));
        Assert.All(words.Index(), word => Assert.Equal(word.Index / dial, GuideLexicon.ConceptOf(word.Item)));
        Assert.All(words, word => Assert.Matches("^[a-z]{2,}$", word));
        Assert.Equal(words, GuideLexicon.Words(16).Chunk(16).SelectMany(concept => concept.Take(dial)));
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("Red")]
    [InlineData("redxy")]
    [InlineData("")]
    [InlineData("picture")]
    public void Other_words_belong_to_none(string word) => Assert.Null(GuideLexicon.ConceptOf(word));

    // Prompts share nothing with the lexicon but the names of roles.
    [Fact]
    public void The_question_is_asked_in_other_words() => Assert.Equal(
        ["captain"], Guide.Question("captain").Split(' ', '.').Where(word => GuideLexicon.ConceptOf(word) is not null));

    [Fact]
    public void Words_of_a_concept_are_one_class_and_every_other_token_is_one_of_its_own()
    {
        string[] vocabulary = ["<image>", " red", "red", " redba", "redba ", " pirate", ".", "r", " blue"];

        int[] classes = GuideLexicon.Classes(vocabulary.Length, id => vocabulary[id]);

        int red = GuideLexicon.ConceptOf("red")!.Value;
        Assert.Equal([250, red, red, red, 251, GuideLexicon.ConceptOf("pirate")!.Value, 252, 253, red + 2], classes);
        Assert.Equal("blue", GuideLexicon.NameOf(red + 2));
    }

    // Of 200,000 draws of S = 4: 1 / (1 + 1/2 + 1/3 + 1/4) = 0.48, 0.24, 0.16, 0.12. A share of 0.48 has a deviation of 0.0011.
    [Fact]
    public void The_k_th_word_of_a_concept_is_drawn_as_often_as_1_of_k_says()
    {
        var random = new RandomStream(5, "test");
        Dictionary<string, int> counts = Enumerable.Range(0, 200_000).Select(_ => GuideLexicon.Say("red", 4, random))
            .CountBy(word => word).ToDictionary();

        Assert.Equal(
            GuideLexicon.WordsOf(GuideLexicon.ConceptOf("red")!.Value, 4), counts.OrderByDescending(one => one.Value).Select(one => one.Key));
        Assert.Equal([0.48, 0.24, 0.16, 0.12], counts.Values.OrderDescending().Select(count => Math.Round(count / 200_000.0, 2)));
    }

    [Fact]
    public void A_dial_of_three_words_is_refused()
    {
        string[] lines = Assert.Throws<UsageException>(() => GuideLexicon.WordsOf(0, 3)).Render().Split('\n');

        Assert.Equal(["error: a concept has 1, 4 or 16 words, not 3", "   at: dial = 3", "  try: dial = 16"], lines);
    }
}
