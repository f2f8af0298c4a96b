using Vlm.Rewards;

namespace Vlm.Grpo.Tests;

/// <summary>What several samples of a question are worth together, and what an answer says.</summary>
public sealed class SampledScoresTests
{
    // Chen et al. 2021, equation 1, by hand: 1 - C(3, k) / C(4, k) with one of four right; 1 - C(1, k) / C(4, k) with three.
    [Fact]
    public void Right_and_wrong_samples_give_pass_at_k_majority_and_best_of_n()
    {
        SampledScores scores = SampledScores.Of([
            new([0, 1, 0, 0], ["a", "b", "a", null], [0.1, 0.2, 0.9, 0.3]),
            new([1, 1, 0, 1], ["c", "c", "d", "c"], [0.1, 0.2, 0.0, 0.9])]);

        Assert.Equal((4, 0.5), (scores.Samples, scores.Mean));
        Assert.Equal([1, 2, 4], scores.PassAtK.Keys);
        Assert.Equal((0.25 + 0.75) / 2, scores.PassAtK[1], 12);
        Assert.Equal((0.5 + 1.0) / 2, scores.PassAtK[2], 12);
        Assert.Equal(1, scores.PassAtK[4], 12);
        Assert.Equal((0.0 + 1) / 2, scores.Majority);
        Assert.Equal((0.0 + 1) / 2, scores.BestOfN);
    }

    [Fact]
    public void Graded_answers_count_as_the_best_of_k_and_nothing_is_invented()
    {
        SampledScores scores = SampledScores.Of([new([0.5, 0.2, 0.8], [null, null, null], null)]);

        Assert.Equal([1, 2, 3], scores.PassAtK.Keys);
        Assert.Equal((0.5 + 0.8 + 0.8) / 3, scores.PassAtK[2], 12);
        Assert.Equal(0.8, scores.PassAtK[3], 12);
        Assert.Equal(0, scores.Majority);
        Assert.Null(scores.BestOfN);
    }

    [Theory]
    [InlineData("B", "The answer is (B).")]
    [InlineData("C", "C")]
    [InlineData(null, "none of them is it")]
    public void Of_a_choice_an_answer_says_the_letter(string? said, string completion) =>
        Assert.Equal(said, ExtractedAnswer.Of(Asked(new Truth.Choice('A', ["one", "two", "three"])), completion));

    [Theory]
    [InlineData("yes", "no", "Yes, there is.")]
    [InlineData("no", "no", "No.")]
    [InlineData("false", "true", "False")]
    [InlineData(null, "yes", "perhaps")]
    public void Of_a_closed_question_it_says_the_word(string? said, string truth, string completion) =>
        Assert.Equal(said, ExtractedAnswer.Of(Asked(new Truth.Word(truth)), completion));

    [Theory]
    [InlineData("a red cube", "A red cube.")]
    [InlineData("12", "<think>maybe 7</think> 12")]
    [InlineData(null, " ")]
    public void Elsewhere_it_says_its_text(string? said, string completion) =>
        Assert.Equal(said, ExtractedAnswer.Of(Asked(new Truth.Word("red")), completion));

    private static Example Asked(Truth truth) => new("q", "kind", [], [Message.User("what?")], truth, "");
}
