namespace Vlm.Rewards.Tests;

public class MatchTests
{
    private static readonly string[] Options = ["cat", "black cat", "3", "a dog"];

    [Theory]
    [InlineData("red", 1, "same text")]
    [InlineData(" red\n", 1, "same text")]
    [InlineData("Red", 0, "'Red' is not the answer")]
    [InlineData("", 0, "the answer is empty")]
    public void Exact_text(string completion, double value, string reason) =>
        Assert.Equal(new Score(value, reason), ExactMatch.Score(completion, "red"));

    [Theory]
    [InlineData("The red ball.", 1)]
    [InlineData("<answer>red ball</answer>", 1)]
    [InlineData("it rolls, so the answer is: Red Ball", 1)]
    [InlineData("red", 0)]
    [InlineData("red ball blue ball green ball", 0)]
    [InlineData("the", 0)]
    [InlineData("...", 0)]
    [InlineData("", 0)]
    [InlineData("<answer> </answer>", 0)]
    public void Normalised_text(string completion, double value) =>
        Assert.Equal(value, NormalizedMatch.Score(completion, "a red ball").Value);

    [Theory]
    [InlineData("a", "a", 1)]
    [InlineData("the", "a", 0)]
    [InlineData("ten", "10", 1)]
    public void A_truth_of_one_small_word_is_compared_as_it_stands(string completion, string truth, double value) =>
        Assert.Equal(value, NormalizedMatch.Score(completion, truth).Value);

    [Theory]
    [InlineData("5", 1, "same number")]
    [InlineData("five", 1, "same number")]
    [InlineData("There are FIVE: 5.", 1, "same number")]
    [InlineData("5.0", 1, "same number")]
    [InlineData("2 red and 3 blue, so the answer is 5", 1, "same number")]
    [InlineData("6", 0, "6 is not the number")]
    [InlineData("-5", 0, "-5 is not the number")]
    [InlineData("−5", 0, "-5 is not the number")]
    [InlineData("1,005", 0, "1005 is not the number")]
    [InlineData("500%", 1, "same number")]
    [InlineData("5%", 0, "0.05 is not the number")]
    [InlineData("4 or 5", 0, "several different numbers")]
    [InlineData("1 2 3 4 5 6", 0, "several different numbers")]
    [InlineData("5.5.5", 0, "several different numbers")]
    [InlineData("4-5", 0, "several different numbers")]
    [InlineData("1e999", 0, "a number too large to hold")]
    [InlineData("NaN", 0, "no number")]
    [InlineData("infinity", 0, "no number")]
    [InlineData("٥", 0, "no number")]
    [InlineData("fiver", 0, "no number")]
    [InlineData("B5", 0, "no number")]
    [InlineData("none", 0, "0 is not the number")]
    [InlineData("", 0, "the answer is empty")]
    public void Numbers(string completion, double value, string reason) =>
        Assert.Equal(new Score(value, reason), NumberMatch.Score(completion, 5));

    // 0.25 apart is within, 0.26 is not; a share of 5 % of 40 is 2.
    [Fact]
    public void Tolerances_include_their_ends()
    {
        Assert.Equal(1, NumberMatch.Score("5.25", 5, tolerance: 0.25).Value);
        Assert.Equal(0, NumberMatch.Score("5.26", 5, tolerance: 0.25).Value);
        Assert.Equal(1, RelaxedAccuracy.Score("42", 40).Value);
        Assert.Equal(0, RelaxedAccuracy.Score("42.1", 40).Value);
    }

    [Theory]
    [InlineData("yes", 1)]
    [InlineData("Yes.", 1)]
    [InlineData("<answer>YES</answer>", 1)]
    [InlineData("no", 0)]
    [InlineData("yes no", 0)]
    [InlineData("Yes, there is no dog", 0)]
    [InlineData("maybe", 0)]
    [InlineData("yesterday", 0)]
    [InlineData("", 0)]
    public void Yes_and_no(string completion, double value)
    {
        Assert.Equal(value, YesNo.Score(completion, true).Value);
        string other = completion.Replace("yes", "true", StringComparison.OrdinalIgnoreCase).Replace("no", "false");
        Assert.Equal(value, TrueFalse.Score(other, true).Value);
    }

    [Fact]
    public void Denying_is_right_where_the_truth_is_no()
    {
        Assert.Equal(1, YesNo.Score("No, it is red.", false).Value);
        Assert.Equal(0, YesNo.Score("Yes", false).Value);
        Assert.Equal(1, TrueFalse.Score("false", false).Value);
        Assert.Equal(0, TrueFalse.Score("not true", true).Value);
    }

    [Theory]
    [InlineData("B", 1)]
    [InlineData("b", 1)]
    [InlineData("(B)", 1)]
    [InlineData("B. black cat", 1)]
    [InlineData("It is a black cat", 1)]
    [InlineData("a cat", 0)]
    [InlineData("B. a dog", 0)]
    [InlineData("A B C D", 0)]
    [InlineData("A, B", 0)]
    [InlineData("A or B", 0)]
    [InlineData("not B", 0)]
    [InlineData("cat, black cat, 3, dog", 0)]
    [InlineData("E", 0)]
    [InlineData("BB", 0)]
    [InlineData("", 0)]
    public void Choices(string completion, double value) =>
        Assert.Equal(value, ChoiceMatch.Score(completion, 'B', Options).Value);

    [Theory]
    [InlineData("<answer>x</answer>", 1)]
    [InlineData("so\n<answer>x</answer>\n", 1)]
    [InlineData("<answer>x</answer> y", 0)]
    [InlineData("<answer></answer>", 0)]
    [InlineData("<answer>x</answer><answer>x</answer>", 0)]
    [InlineData("x", 0)]
    public void Answer_tags(string completion, double value) =>
        Assert.Equal(value, AnswerTags.Score(completion).Value);

    [Theory]
    [InlineData("{\"box\": [1, 2, 3, 4]}", 1)]
    [InlineData("<answer>{\"bbox_2d\":[1,2.5,3,4]}</answer>", 1)]
    [InlineData("```json\n{\"box\": [1, 2, 3, 4]}\n```", 1)]
    [InlineData("```json\n{\"box\": [1, 2, 3, 4]}", 0)]
    [InlineData("{\"box\": [1, 2, 3, 4]} there", 0)]
    [InlineData("{\"box\": [1, 2, 3]}", 0)]
    [InlineData("[1, 2, 3, 4]", 0)]
    [InlineData("", 0)]
    public void Boxes_as_JSON(string completion, double value) =>
        Assert.Equal(value, BoxJson.Score(completion).Value);

    [Fact]
    public void Broken_truths_throw()
    {
        Assert.Throws<ArgumentException>(() => ExactMatch.Score("x", " "));
        Assert.Throws<ArgumentException>(() => NormalizedMatch.Score("x", ""));
        Assert.Throws<ArgumentException>(() => NumberMatch.Score("1", double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberMatch.Score("1", 1, tolerance: -1));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'E', Options));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'A', ["one"]));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'A', ["one", "One"]));
        Assert.Throws<ArgumentException>(() => WordMatch.Score("x", null!));
    }
}
